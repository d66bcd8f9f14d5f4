// From a file to a Scenario.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connector/core/status.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// All scenarios of a file: one, or one a cell of its matrix. `file` is what errors call the text. kInvalidArgument
// lists every problem, one a line, each with file, line, column, path, what was expected and the nearest known word.
absl::StatusOr<std::vector<Scenario>> ParseScenarios(std::string_view text, const std::string& file);
// Of a text that is no matrix.
absl::StatusOr<Scenario> ParseScenario(std::string_view text, const std::string& file);

// kNotFound or kInternal if the file cannot be read.
absl::StatusOr<std::vector<Scenario>> LoadScenarios(const std::string& path);
// One of them, by the name of its cell; "" for a file without a matrix.
absl::StatusOr<Scenario> LoadScenario(const std::string& path, const std::string& cell = "");

}  // namespace mock_registry
