#include "mock_registry/transport/request_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace mock_registry {
namespace {

using connector::EqualIgnoringCase;
using connector::HttpRequest;
using State = ParsedRequest::State;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

ParsedRequest Bad(int status, std::string problem) {
  ParsedRequest parsed;
  parsed.state = State::kBad;
  parsed.status = status;
  parsed.problem = std::move(problem);
  return parsed;
}

// The text up to `end`, which is taken off with it; nothing if it does not come.
std::optional<std::string_view> TakeUntil(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return taken;
}

// The next line, or all that is left.
std::string_view TakeLine(std::string_view& text) {
  if (const std::optional<std::string_view> line = TakeUntil(text, kLineEnd)) return *line;
  return std::exchange(text, std::string_view());
}

std::string_view Trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> ParseNumber(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// What the headers say of the body.
struct Framing {
  std::optional<std::uint64_t> length;
  bool chunked = false;
};

// Reads the head, without the empty line after it, into `parsed`, which is kBad then if it is none.
Framing ParseHead(std::string_view head, ParsedRequest& parsed) {
  Framing framing;
  const std::string_view line = TakeLine(head);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == 0 || first == std::string_view::npos || last <= first + 1 || line.find(' ', first + 1) != last) {
    parsed = Bad(400, "expected a request line like \"GET /-/ping HTTP/1.1\"");
    return framing;
  }
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    parsed = Bad(505, fmt::format("expected HTTP/1.1, found \"{}\"", version.substr(0, 16)));
    return framing;
  }
  parsed.close = version == "HTTP/1.0";
  HttpRequest& request = parsed.request;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  while (!head.empty()) {
    const std::string_view field = TakeLine(head);
    const std::size_t colon = field.find(':');
    const std::string_view name = field.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() || name.find_first_of(" \t") != std::string_view::npos) {
      parsed = Bad(400, "expected a header like \"name: value\"");
      return framing;
    }
    const std::string_view value = Trim(field.substr(colon + 1));
    request.headers.emplace_back(name, value);
    if (EqualIgnoringCase(name, "content-length")) {
      const auto length = ParseNumber(value, 10);
      if (!length || (framing.length && framing.length != length)) {
        parsed = Bad(400, "expected one Content-Length, a number");
        return framing;
      }
      framing.length = length;
    } else if (EqualIgnoringCase(name, "transfer-encoding")) {
      if (!EqualIgnoringCase(value, "chunked")) parsed = Bad(501, "of transfer codings, only chunked is known");
      framing.chunked = true;
    } else if (EqualIgnoringCase(name, "connection")) {
      parsed.close |= EqualIgnoringCase(value, "close");
    } else if (EqualIgnoringCase(name, "expect")) {
      parsed.awaits_continue = EqualIgnoringCase(value, "100-continue");
    }
    if (parsed.state == State::kBad) return framing;
  }
  return framing;
}

// Takes the chunks off `rest` into the body. kPartial until the last one is there.
State TakeChunks(std::string_view& rest, const RequestLimits& limits, ParsedRequest& parsed) {
  std::string& body = parsed.request.body;
  while (true) {
    const std::optional<std::string_view> line = TakeUntil(rest, kLineEnd);
    if (!line) return State::kPartial;
    const std::optional<std::uint64_t> size = ParseNumber(Trim(line->substr(0, line->find(';'))), 16);
    if (!size) {
      parsed = Bad(400, "expected the size of a chunk, a hexadecimal number");
      return State::kBad;
    }
    if (*size > limits.body_bytes - std::min(body.size(), limits.body_bytes)) {
      parsed = Bad(413, fmt::format("the body has more than {} bytes", limits.body_bytes));
      return State::kBad;
    }
    if (*size == 0) break;
    if (rest.size() < *size + kLineEnd.size()) return State::kPartial;
    body += rest.substr(0, *size);
    rest.remove_prefix(*size);
    if (!rest.starts_with(kLineEnd)) {
      parsed = Bad(400, "expected the end of a line after a chunk");
      return State::kBad;
    }
    rest.remove_prefix(kLineEnd.size());
  }
  while (true) {  // trailers, which nobody asks for
    const std::optional<std::string_view> line = TakeUntil(rest, kLineEnd);
    if (!line) return State::kPartial;
    if (line->empty()) return State::kWhole;
  }
}

State TakeBody(const Framing& framing, std::string_view& rest, const RequestLimits& limits, ParsedRequest& parsed) {
  if (framing.chunked && framing.length) {
    parsed = Bad(400, "Content-Length and Transfer-Encoding contradict each other");
    return State::kBad;
  }
  if (framing.chunked) return TakeChunks(rest, limits, parsed);
  const std::uint64_t length = framing.length.value_or(0);
  if (length > limits.body_bytes) {
    parsed = Bad(413, fmt::format("the body has more than {} bytes", limits.body_bytes));
    return State::kBad;
  }
  if (rest.size() < length) return State::kPartial;
  parsed.request.body = rest.substr(0, length);
  rest.remove_prefix(length);
  return State::kWhole;
}

}  // namespace

ParsedRequest ParseRequest(std::string_view bytes, const RequestLimits& limits) {
  std::string_view rest = bytes;
  while (rest.starts_with(kLineEnd)) rest.remove_prefix(kLineEnd.size());  // RFC 9112, 2.2: to be passed over
  const std::optional<std::string_view> head = TakeUntil(rest, kHeadEnd);
  if (head ? head->size() > limits.head_bytes : bytes.size() > limits.head_bytes) {
    return Bad(431, fmt::format("the head of the request has more than {} bytes", limits.head_bytes));
  }
  if (!head) return {};
  ParsedRequest parsed;
  const Framing framing = ParseHead(*head, parsed);
  if (parsed.state == State::kBad) return parsed;
  const State state = TakeBody(framing, rest, limits, parsed);
  if (state == State::kBad) return parsed;
  if (state == State::kPartial) {
    ParsedRequest partial;
    partial.awaits_continue = parsed.awaits_continue && rest.empty();
    return partial;
  }
  parsed.state = State::kWhole;
  parsed.size = bytes.size() - rest.size();
  return parsed;
}

}  // namespace mock_registry
