#include "mock_registry/scenario/object_reader.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "mock_registry/nearest.h"

namespace mock_registry {

void Problems::Add(Position position, std::string_view path, std::string_view message) {
  const std::string_view separator = path.empty() ? "" : ": ";
  problems_.push_back({position, fmt::format("{}:{}:{}  {}{}{}", files_.at(static_cast<std::size_t>(position.file)),
                                             position.line, position.column, path, separator, message)});
}

void Problems::AddUnknown(Position position, std::string_view path, std::string_view what, std::string_view word,
                          const std::vector<std::string>& known) {
  std::string message = fmt::format("unknown {} \"{}\".", what, word);
  if (const std::optional<std::string> nearest = Nearest(word, known)) {
    message += fmt::format(" Did you mean \"{}\"?", *nearest);
  } else {
    message += fmt::format(" Known here: {}", fmt::join(known, ", "));
  }
  Add(position, path, message);
}

bool Problems::CheckKnown(Position position, std::string_view path, std::string_view what, const std::string& word,
                          const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return true;
  AddUnknown(position, path, what, word, known);
  return false;
}

absl::Status Problems::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.position.file, a.position.line, a.position.column) <
           std::tie(b.position.file, b.position.line, b.position.column);
  });
  std::vector<std::string_view> lines;
  lines.reserve(sorted.size());
  for (const Problem& problem : sorted) lines.push_back(problem.line);
  return absl::InvalidArgumentError(fmt::format("{}", fmt::join(lines, "\n")));
}

ObjectReader::ObjectReader(const JsonNode& node, std::string path, Problems& problems)
    : node_(node), path_(std::move(path)), problems_(problems) {
  if (node_.kind != JsonNode::Kind::kObject) {
    problems_.Add(node_.position, path_, fmt::format("expected an object, found {}", node_.KindName()));
  }
}

ObjectReader::~ObjectReader() {
  for (const JsonMember& member : node_.members) {
    if (all_asked_) break;
    if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
    if (member.key == "$schema" || member.key.starts_with("x-")) continue;
    problems_.AddUnknown(member.position, PathOf(member.key), "key", member.key, asked_);
  }
}

std::string ObjectReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const JsonNode* ObjectReader::Find(std::string_view key) {
  asked_.emplace_back(key);
  for (const JsonMember& member : node_.members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const JsonNode* ObjectReader::Require(std::string_view key) {
  const JsonNode* value = Find(key);
  if (value == nullptr && node_.kind == JsonNode::Kind::kObject) {
    problems_.Add(node_.position, path_, fmt::format("the key \"{}\" is missing", key));
  }
  return value;
}

std::string ReadString(const JsonNode& node, const std::string& path, Problems& problems) {
  if (node.kind == JsonNode::Kind::kString) return node.text;
  problems.Add(node.position, path, fmt::format("expected a string, found {}", node.KindName()));
  return "";
}

std::optional<std::string> ObjectReader::String(std::string_view key) {
  const JsonNode* value = Find(key);
  if (value == nullptr) return std::nullopt;
  return ReadString(*value, PathOf(key), problems_);
}

std::optional<std::uint64_t> ReadCount(const JsonNode& node, const std::string& path, Problems& problems,
                                       std::uint64_t least) {
  std::int64_t number = -1;
  const std::string& text = node.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (node.kind != JsonNode::Kind::kNumber || error != std::errc() || end != text.data() + text.size() ||
      number < static_cast<std::int64_t>(least)) {
    const std::string seen = node.kind == JsonNode::Kind::kNumber ? text : std::string(node.KindName());
    problems.Add(node.position, path, fmt::format("expected a whole number from {} on, found {}", least, seen));
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(number);
}

std::optional<absl::Time> ReadTime(const JsonNode& node, const std::string& path, Problems& problems) {
  absl::Time time;
  const std::string text = ReadString(node, path, problems);
  if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return time;
  problems.Add(node.position, path,
               fmt::format("expected a time such as \"2026-01-01T00:10:00Z\", found \"{}\"", text));
  return std::nullopt;
}

std::optional<absl::Duration> ReadDuration(const JsonNode& node, const std::string& path, Problems& problems) {
  absl::Duration duration;
  const std::string& text = node.text;
  const bool has_unit = node.kind == JsonNode::Kind::kString && !text.empty() && text.back() >= 'a';
  if (has_unit && absl::ParseDuration(text, &duration) && duration >= absl::ZeroDuration() &&
      duration < absl::InfiniteDuration()) {
    return duration;
  }
  const std::string seen = node.kind == JsonNode::Kind::kString   ? fmt::format("\"{}\"", text)
                           : node.kind == JsonNode::Kind::kNumber ? fmt::format("{}, which has no unit", text)
                                                                  : std::string(node.KindName());
  problems.Add(node.position, path,
               fmt::format("expected a duration such as \"250ms\", \"90s\" or \"1h\", found {}", seen));
  return std::nullopt;
}

std::optional<double> ReadShare(const JsonNode& node, const std::string& path, Problems& problems) {
  const std::string& text = node.text;
  double percent = -1;
  if (node.kind == JsonNode::Kind::kString && text.ends_with('%')) {
    const char* const last = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data(), last, percent);
    if (error == std::errc() && end == last && percent >= 0 && percent <= 100) return percent / 100;
  }
  problems.Add(node.position, path,
               fmt::format("expected a share from \"0%\" to \"100%\", found {}",
                           node.text.empty() ? std::string(node.KindName()) : node.text));
  return std::nullopt;
}

std::optional<bool> ReadBoolean(const JsonNode& node, const std::string& path, Problems& problems) {
  if (node.kind == JsonNode::Kind::kBoolean) return node.text == "true";
  problems.Add(node.position, path, fmt::format("expected true or false, found {}", node.KindName()));
  return std::nullopt;
}

std::optional<std::uint64_t> ObjectReader::Count(std::string_view key) {
  const JsonNode* value = Find(key);
  if (value == nullptr) return std::nullopt;
  return ReadCount(*value, PathOf(key), problems_);
}

std::optional<absl::Duration> ObjectReader::Duration(std::string_view key) {
  const JsonNode* value = Find(key);
  if (value == nullptr) return std::nullopt;
  return ReadDuration(*value, PathOf(key), problems_);
}

std::optional<std::size_t> ObjectReader::Choice(std::string_view key, const std::vector<std::string>& known) {
  const JsonNode* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind != JsonNode::Kind::kString) {
    problems_.Add(value->position, PathOf(key),
                  fmt::format("expected one of {}; found {}", fmt::join(known, ", "), value->KindName()));
    return std::nullopt;
  }
  const auto found = std::find(known.begin(), known.end(), value->text);
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  problems_.AddUnknown(value->position, PathOf(key), "word", value->text, known);
  return std::nullopt;
}

void ObjectReader::ForEachItem(std::string_view key,
                               const std::function<void(const JsonNode&, const std::string& path)>& read) {
  const JsonNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind != JsonNode::Kind::kArray) {
    problems_.Add(value->position, PathOf(key), fmt::format("expected an array, found {}", value->KindName()));
  }
  for (std::size_t i = 0; i < value->items.size(); ++i) {
    read(value->items[i], fmt::format("{}[{}]", PathOf(key), i));
  }
}

std::optional<std::size_t> ObjectReader::OneOf(const std::vector<std::string>& known) {
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (Find(known[i]) != nullptr) present.push_back(i);
  }
  if (present.size() == 1) return present.front();
  if (node_.kind != JsonNode::Kind::kObject) return std::nullopt;
  if (present.size() > 1) {
    problems_.Add(node_.position, path_,
                  fmt::format("\"{}\" and \"{}\" exclude each other", known[present[0]], known[present[1]]));
  } else if (const bool misspelt = std::any_of(
                 node_.members.begin(), node_.members.end(),
                 [&](const JsonMember& m) { return std::find(asked_.begin(), asked_.end(), m.key) == asked_.end(); });
             !misspelt) {
    problems_.Add(node_.position, path_, fmt::format("one of these keys is needed: {}", fmt::join(known, ", ")));
  }
  return std::nullopt;
}

std::vector<std::string> ObjectReader::Strings(std::string_view key) {
  std::vector<std::string> strings;
  ForEachItem(key, [&](const JsonNode& item, const std::string& path) {
    strings.push_back(ReadString(item, path, problems_));
  });
  return strings;
}

void ObjectReader::ForEach(const std::function<void(const JsonMember&, const std::string& path)>& read) {
  all_asked_ = true;
  for (const JsonMember& member : node_.members) {
    read(member, PathOf(member.key));
  }
}

std::uint64_t ObjectReader::CountOr(std::string_view key, std::uint64_t otherwise, std::uint64_t least) {
  const JsonNode* node = Find(key);
  return node == nullptr ? otherwise : ReadCount(*node, PathOf(key), problems_, least).value_or(otherwise);
}

bool ObjectReader::FlagOr(std::string_view key, bool otherwise) {
  const JsonNode* node = Find(key);
  return node == nullptr ? otherwise : ReadBoolean(*node, PathOf(key), problems_).value_or(otherwise);
}

std::vector<std::string> ReadTexts(const JsonNode& node, const std::string& path, Problems& problems) {
  if (node.kind != JsonNode::Kind::kArray) return {ReadString(node, path, problems)};
  std::vector<std::string> texts;
  for (const JsonNode& item : node.items) texts.push_back(ReadString(item, path, problems));
  return texts;
}

}  // namespace mock_registry
