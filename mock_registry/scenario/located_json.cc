#include "mock_registry/scenario/located_json.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace mock_registry {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 64;

// Hands the text to the parser and notes how far it has read.
class TrackingIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackingIterator() = default;
  TrackingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}

  reference operator*() const { return *at_; }
  TrackingIterator& operator++() {
    *furthest_ = std::max(*furthest_, ++at_);
    return *this;
  }
  TrackingIterator operator++(int) {
    TrackingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const TrackingIterator& a, const TrackingIterator& b) { return a.at_ == b.at_; }

 private:
  const char* at_ = nullptr;
  const char** furthest_ = nullptr;
};

class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  TreeBuilder(std::string_view text, const char* const& furthest) : text_(text), furthest_(furthest) {}

  bool null() override { return Add(JsonNode::Kind::kNull, "null"); }
  bool boolean(bool value) override { return Add(JsonNode::Kind::kBoolean, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return Add(JsonNode::Kind::kNumber, std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Add(JsonNode::Kind::kNumber, std::to_string(value)); }
  bool number_float(number_float_t, const string_t& spelling) override {
    return Add(JsonNode::Kind::kNumber, spelling);
  }
  bool string(string_t& value) override { return Add(JsonNode::Kind::kString, std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(JsonNode::Kind::kObject); }
  bool start_array(std::size_t) override { return Open(JsonNode::Kind::kArray); }
  bool end_object() override { return CheckKeys(*open_.back()) && Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    JsonNode& object = *open_.back();
    const Position position = TakeToken();
    object.members.push_back({std::move(name), position, {}});
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    const std::string_view what = error.what();
    const std::size_t cause = what.find("syntax error");
    return Fail(PositionAt(furthest_ == text_.data() ? 0 : Offset() - 1),
                std::string(cause == std::string_view::npos ? what : what.substr(cause)));
  }

  const std::string& error() const { return error_; }
  JsonNode& root() { return root_; }

 private:
  bool Fail(Position position, const std::string& message) {
    if (error_.empty()) error_ = fmt::format("{}:{}: {}", position.line, position.column, message);
    return false;
  }

  JsonNode* Place(JsonNode::Kind kind, std::string text) {
    JsonNode node;
    node.kind = kind;
    node.position = TakeToken();
    node.text = std::move(text);
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    JsonNode& parent = *open_.back();
    if (parent.kind == JsonNode::Kind::kArray) return &parent.items.emplace_back(std::move(node));
    parent.members.back().value = std::move(node);
    return &parent.members.back().value;
  }

  bool Add(JsonNode::Kind kind, std::string text) {
    Place(kind, std::move(text));
    return true;
  }

  bool Open(JsonNode::Kind kind) {
    if (open_.size() == kDeepest) return Fail(PositionAt(Offset() - 1), fmt::format("nested deeper than {}", kDeepest));
    // A parent's vector does not grow while its last element is open, so the pointer holds.
    open_.push_back(Place(kind, ""));
    return true;
  }

  // No key twice: which one would count?
  bool CheckKeys(const JsonNode& object) {
    std::set<std::string_view> seen;
    for (const JsonMember& member : object.members) {
      if (seen.insert(member.key).second) continue;
      return Fail(member.position, fmt::format("the key \"{}\" stands here for the second time", member.key));
    }
    return true;
  }

  bool Close() {
    open_.pop_back();
    TakeToken();
    return true;
  }

  std::size_t Offset() const { return static_cast<std::size_t>(furthest_ - text_.data()); }

  // Where the token that the parser just read begins: the first byte after the previous token that is no separator.
  Position TakeToken() {
    std::size_t start = token_end_;
    while (start < text_.size()) {
      const char c = text_[start];
      const std::string_view rest = text_.substr(start);
      if (rest.starts_with("//")) {
        start = std::min(text_.find('\n', start), text_.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = text_.find("*/", start + 2);
        start = end == std::string_view::npos ? text_.size() : end + 2;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':') {
        ++start;
      } else {
        break;
      }
    }
    token_end_ = std::max(Offset(), start);
    // The parser reads one byte beyond a number.
    while (token_end_ > start + 1 &&
           std::string_view(" \t\r\n,:]}").find(text_[token_end_ - 1]) != std::string_view::npos &&
           IsNumberStart(text_[start])) {
      --token_end_;
    }
    return AdvanceTo(start);
  }

  // The same as PositionAt for offsets that only grow, without starting over each time.
  Position AdvanceTo(std::size_t offset) {
    for (; counted_ < offset; ++counted_) {
      if (text_[counted_] == '\n') {
        ++position_.line;
        position_.column = 1;
      } else if (IsCharacter(text_[counted_])) {
        ++position_.column;
      }
    }
    return position_;
  }

  static bool IsNumberStart(char c) { return c == '-' || (c >= '0' && c <= '9'); }

  Position PositionAt(std::size_t offset) const {
    const std::string_view before = text_.substr(0, offset);
    const std::size_t newline = before.rfind('\n');
    const std::string_view line = before.substr(newline == std::string_view::npos ? 0 : newline + 1);
    return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
            static_cast<int>(std::count_if(line.begin(), line.end(), IsCharacter)) + 1};
  }

  // Not a continuation byte of UTF-8.
  static bool IsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

  const std::string_view text_;
  const char* const& furthest_;
  std::size_t token_end_ = 0;
  std::size_t counted_ = 0;
  Position position_;
  JsonNode root_;
  std::vector<JsonNode*> open_;
  std::string error_;
};

}  // namespace

std::string_view JsonNode::KindName() const {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "";
}

absl::StatusOr<JsonNode> ParseLocatedJson(std::string_view text) {
  const char* furthest = text.data();
  TreeBuilder builder(text, furthest);
  const bool parsed =
      Json::sax_parse(TrackingIterator(text.data(), &furthest), TrackingIterator(text.data() + text.size(), &furthest),
                      &builder, nlohmann::detail::input_format_t::json, /*strict=*/true, /*ignore_comments=*/true);
  if (!parsed) return absl::InvalidArgumentError(builder.error());
  return std::move(builder.root());
}

}  // namespace mock_registry
