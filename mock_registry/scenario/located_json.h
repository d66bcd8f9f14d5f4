// JSON with the place of every value and key, so that an error can point at it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connector/core/status.h"

namespace mock_registry {

// Both count from 1; columns in characters, not bytes.
struct Position {
  int line = 1;
  int column = 1;
  int file = 0;  // of several that make one document
};

struct JsonMember;

struct JsonNode {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  Position position;
  std::string text;                 // of a string its value, of a number or boolean its spelling in the file
  std::vector<JsonNode> items;      // of an array
  std::vector<JsonMember> members;  // of an object, in the order of the file

  // "a string", "an object", ...
  std::string_view KindName() const;
};

struct JsonMember {
  std::string key;
  Position position;
  JsonNode value;
};

// Reads one document; comments are allowed. The error is kInvalidArgument, "line:column: what is wrong".
absl::StatusOr<JsonNode> ParseLocatedJson(std::string_view text);

}  // namespace mock_registry
