#include "mock_registry/scenario/compose.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "mock_registry/nearest.h"
#include "mock_registry/scenario/object_reader.h"

namespace mock_registry {
namespace {

constexpr std::size_t kMostCells = 1000;
constexpr std::size_t kLongestParents = 8;
constexpr std::size_t kLongestShortValue = 48;

using Values = std::map<std::string, JsonNode>;

void SetFile(JsonNode& node, int file) {
  node.position.file = file;
  for (JsonNode& item : node.items) SetFile(item, file);
  for (JsonMember& member : node.members) {
    member.position.file = file;
    SetFile(member.value, file);
  }
}

JsonNode* Find(JsonNode& object, std::string_view key) {
  for (JsonMember& member : object.members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::optional<JsonNode> Take(JsonNode& object, std::string_view key) {
  const auto at = std::find_if(object.members.begin(), object.members.end(),
                               [&](const JsonMember& member) { return member.key == key; });
  if (at == object.members.end()) return std::nullopt;
  JsonNode value = std::move(at->value);
  object.members.erase(at);
  return value;
}

// RFC 7396, with the first appearance of a key giving its place.
JsonNode Merge(JsonNode target, JsonNode patch) {
  if (patch.kind != JsonNode::Kind::kObject) return patch;
  if (target.kind != JsonNode::Kind::kObject) target = JsonNode{JsonNode::Kind::kObject, patch.position, "", {}, {}};
  target.position = patch.position;
  for (JsonMember& member : patch.members) {
    if (member.value.kind == JsonNode::Kind::kNull) {
      Take(target, member.key);
    } else if (JsonNode* old = Find(target, member.key)) {
      *old = Merge(std::move(*old), std::move(member.value));
    } else {
      target.members.push_back({member.key, member.position, Merge({}, std::move(member.value))});
    }
  }
  return target;
}

// A value in a name of ctest: short, without spaces.
std::string Short(const JsonNode& value) {
  std::string text;
  if (value.kind == JsonNode::Kind::kObject) {
    for (const JsonMember& member : value.members) {
      if (!text.empty()) text += '+';
      text += member.key;
      const std::string inner = Short(member.value);
      if (!inner.empty()) text += ':' + inner;
    }
  } else if (value.kind == JsonNode::Kind::kArray) {
    for (const JsonNode& item : value.items) text += (text.empty() ? "" : "|") + Short(item);
  } else {
    text = value.text;
  }
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && std::string_view("._:-+|%*").find(c) == std::string::npos)
      c = '_';
  }
  return text.substr(0, kLongestShortValue);
}

class Substitution {
 public:
  Substitution(const Values& values, Problems& problems) : values_(values), problems_(problems) {
    for (const auto& [name, value] : values) names_.push_back(name);
  }

  void Apply(JsonNode& node) {
    if (node.kind == JsonNode::Kind::kString) ApplyToText(node);
    for (JsonNode& item : node.items) Apply(item);
    for (JsonMember& member : node.members) Apply(member.value);
  }

 private:
  void ApplyToText(JsonNode& node) {
    std::string result;
    std::string_view rest = node.text;
    for (std::size_t at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
      const std::size_t end = rest.find('}', at);
      if (end == std::string_view::npos) break;
      const std::string name(rest.substr(at + 2, end - at - 2));
      const auto value = values_.find(name);
      if (value == values_.end()) {
        std::string message = fmt::format("the matrix has no \"{}\".", name);
        if (const auto nearest = Nearest(name, names_)) message += fmt::format(" Did you mean \"{}\"?", *nearest);
        problems_.Add(node.position, "", message);
        return;
      }
      if (at == 0 && end + 1 == node.text.size()) {
        const Position position = node.position;
        node = value->second;
        node.position = position;
        return;
      }
      result += std::string(rest.substr(0, at)) + Short(value->second);
      rest.remove_prefix(end + 1);
    }
    node.text = result + std::string(rest);
  }

  const Values& values_;
  Problems& problems_;
  std::vector<std::string> names_;
};

class Composer {
 public:
  explicit Composer(const ReadFile& read_file) : read_file_(read_file) {}

  absl::StatusOr<Composition> Run(std::string_view text, const std::string& file) {
    ASSIGN_OR_RETURN(JsonNode root, Load(text, file));
    RETURN_IF_ERROR(Expand(std::move(root)));
    return std::move(result_);
  }

 private:
  absl::StatusOr<JsonNode> Load(std::string_view text, const std::string& file) {
    const int index = static_cast<int>(result_.files.size());
    result_.files.push_back(file);
    absl::StatusOr<JsonNode> root = ParseLocatedJson(text);
    if (!root.ok()) return absl::InvalidArgumentError(fmt::format("{}:{}", file, connector::Message(root.status())));
    SetFile(*root, index);
    const std::optional<JsonNode> extends = Take(*root, "extends");
    if (!extends) return root;
    const auto fail = [&](std::string_view message) {
      Problems problems(result_.files);
      problems.Add(extends->position, "extends", message);
      return problems.ToStatus();
    };
    if (extends->kind != JsonNode::Kind::kString) {
      return fail(fmt::format("expected the path of another scenario, found {}", extends->KindName()));
    }
    const std::string parent = (std::filesystem::path(file).parent_path() / extends->text).lexically_normal();
    if (std::find(result_.files.begin(), result_.files.end(), parent) != result_.files.end()) {
      return fail(fmt::format("{} extends itself in the end", parent));
    }
    if (result_.files.size() >= kLongestParents) return fail("the chain of parents is too long");
    const absl::StatusOr<std::string> parent_text = read_file_(parent);
    if (!parent_text.ok()) return fail(connector::Message(parent_text.status()));
    ASSIGN_OR_RETURN(JsonNode base, Load(*parent_text, parent));
    return Merge(std::move(base), *std::move(root));
  }

  absl::Status Expand(JsonNode root) {
    const std::optional<JsonNode> matrix = Take(root, "matrix");
    if (!matrix) {
      result_.cells.push_back({"", std::move(root)});
      return absl::OkStatus();
    }
    Problems problems(result_.files);
    std::vector<Values> cells = {{}};
    std::vector<std::string> names = {""};
    ObjectReader reader(*matrix, "matrix", problems);
    reader.ForEach([&](const JsonMember& variable, const std::string& path) {
      const std::vector<JsonNode>& values = variable.value.items;
      if (variable.value.kind != JsonNode::Kind::kArray || values.empty()) {
        problems.Add(
            variable.value.position, path,
            fmt::format("expected an array of at least one value, found {}",
                        values.empty() && variable.value.kind == JsonNode::Kind::kArray ? "an empty one"
                                                                                        : variable.value.KindName()));
        return;
      }
      if (cells.size() * values.size() > kMostCells) {
        problems.Add(variable.position, path, fmt::format("the matrix has more than {} combinations", kMostCells));
        return;
      }
      std::vector<Values> more;
      std::vector<std::string> more_names;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        for (const JsonNode& value : values) {
          more.push_back(cells[i]);
          more.back().emplace(variable.key, value);
          more_names.push_back(
              fmt::format("{}{}{}={}", names[i], names[i].empty() ? "" : ",", variable.key, Short(value)));
        }
      }
      cells = std::move(more);
      names = std::move(more_names);
    });
    for (std::size_t i = 0; i < cells.size(); ++i) {
      Cell cell{names[i], root};
      if (std::count(names.begin(), names.end(), names[i]) > 1) cell.name += fmt::format(",cell={}", i + 1);
      // The first cell's problems are those of all.
      Problems ignored(result_.files);
      Substitution(cells[i], i == 0 ? problems : ignored).Apply(cell.root);
      result_.cells.push_back(std::move(cell));
    }
    return problems.ToStatus();
  }

  const ReadFile& read_file_;
  Composition result_;
};

}  // namespace

absl::StatusOr<Composition> Compose(std::string_view text, const std::string& file, const ReadFile& read_file) {
  return Composer(read_file).Run(text, file);
}

}  // namespace mock_registry
