#include "connector/http/link.h"

#include <algorithm>
#include <string_view>

namespace connector {
namespace {

void SkipSpace(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size())); }

// Takes the text up to one of `ends`; a quoted string is taken whole, without its quotes.
std::string TakeValue(std::string_view& text, std::string_view ends) {
  SkipSpace(text);
  std::string value;
  if (text.starts_with('"')) {
    text.remove_prefix(1);
    while (!text.empty() && text.front() != '"') {
      if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
      value += text.front();
      text.remove_prefix(1);
    }
    text.remove_prefix(text.empty() ? 0 : 1);
  } else {
    const std::size_t end = std::min(text.find_first_of(ends), text.size());
    value = text.substr(0, end);
    text.remove_prefix(end);
    value.erase(value.find_last_not_of(" \t") + 1);
  }
  SkipSpace(text);
  return value;
}

bool NamesNext(std::string_view relations) {
  while (!relations.empty()) {
    SkipSpace(relations);
    const std::size_t end = std::min(relations.find(' '), relations.size());
    if (EqualIgnoringCase(relations.substr(0, end), "next")) return true;
    relations.remove_prefix(end);
  }
  return false;
}

std::optional<std::string> NextOf(std::string_view text) {
  while (true) {
    SkipSpace(text);
    if (text.starts_with(',')) {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find('>');
    if (!text.starts_with('<') || end == std::string_view::npos) return std::nullopt;
    const std::string_view target = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    SkipSpace(text);
    bool is_next = false;
    while (text.starts_with(';')) {
      text.remove_prefix(1);
      const std::string name = TakeValue(text, "=;,");
      if (!text.starts_with('=')) continue;
      text.remove_prefix(1);
      const std::string value = TakeValue(text, ";,");
      if (EqualIgnoringCase(name, "rel")) is_next = is_next || NamesNext(value);
    }
    if (is_next) return std::string(target);
  }
}

}  // namespace

std::optional<std::string> NextLink(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!EqualIgnoringCase(name, "link")) continue;
    if (std::optional<std::string> next = NextOf(value)) return next;
  }
  return std::nullopt;
}

}  // namespace connector
