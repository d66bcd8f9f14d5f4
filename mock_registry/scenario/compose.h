// What stands before the meaning of a scenario: one file `extends` another, and a `matrix` makes many scenarios of one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mock_registry/scenario/located_json.h"

namespace mock_registry {

struct Cell {
  std::string name;  // "op=org.members,fault=status:500", "" if there is no matrix
  JsonNode root;     // without the keys `extends` and `matrix`
};

struct Composition {
  std::vector<std::string> files;  // Position::file counts in these
  std::vector<Cell> cells;
};

// The text of a file, for `extends`.
using ReadFile = std::function<absl::StatusOr<std::string>(const std::string& path)>;

// kInvalidArgument with "file:line:column  what is wrong".
absl::StatusOr<Composition> Compose(std::string_view text, const std::string& file, const ReadFile& read_file);

}  // namespace mock_registry
