#include "mock_registry/scenario/object_reader.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "mock_registry/nearest.h"

namespace mock_registry {

void Problems::Add(Position position, std::string_view path, std::string_view message) {
  const std::string_view separator = path.empty() ? "" : ": ";
  problems_.push_back(
      {position, fmt::format("{}:{}:{}  {}{}{}", file_, position.line, position.column, path, separator, message)});
}

absl::Status Problems::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.position.line, a.position.column) < std::tie(b.position.line, b.position.column);
  });
  std::vector<std::string_view> lines;
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
    std::string message = fmt::format("unknown key \"{}\".", member.key);
    if (const std::optional<std::string> nearest = Nearest(member.key, asked_)) {
      message += fmt::format(" Did you mean \"{}\"?", *nearest);
    } else {
      message += fmt::format(" Known here: {}", fmt::join(asked_, ", "));
    }
    problems_.Add(member.position, PathOf(member.key), message);
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

std::optional<std::uint64_t> ObjectReader::Count(std::string_view key) {
  const JsonNode* value = Find(key);
  if (value == nullptr) return std::nullopt;
  std::int64_t number = -1;
  const std::string& text = value->text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (value->kind != JsonNode::Kind::kNumber || error != std::errc() || end != text.data() + text.size() ||
      number < 0) {
    const std::string seen = value->kind == JsonNode::Kind::kNumber ? text : std::string(value->KindName());
    problems_.Add(value->position, PathOf(key), fmt::format("expected a whole number from 0 on, found {}", seen));
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(number);
}

std::vector<std::string> ObjectReader::Strings(std::string_view key) {
  std::vector<std::string> strings;
  const JsonNode* value = Find(key);
  if (value == nullptr) return strings;
  if (value->kind != JsonNode::Kind::kArray) {
    problems_.Add(value->position, PathOf(key),
                  fmt::format("expected an array of strings, found {}", value->KindName()));
  }
  for (std::size_t i = 0; i < value->items.size(); ++i) {
    strings.push_back(ReadString(value->items[i], fmt::format("{}[{}]", PathOf(key), i), problems_));
  }
  return strings;
}

void ObjectReader::ForEach(const std::function<void(const JsonMember&, const std::string& path)>& read) {
  all_asked_ = true;
  for (const JsonMember& member : node_.members) {
    read(member, PathOf(member.key));
  }
}

}  // namespace mock_registry
