// From a file to a Scenario.
#pragma once

#include <string>
#include <string_view>

#include "connector/core/status.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// `file` is what errors call the text. kInvalidArgument lists every problem, one a line, each with file, line, column,
// path, what was expected and the nearest known word.
absl::StatusOr<Scenario> ParseScenario(std::string_view text, const std::string& file);

// kNotFound or kInternal if the file cannot be read.
absl::StatusOr<Scenario> LoadScenario(const std::string& path);

}  // namespace mock_registry
