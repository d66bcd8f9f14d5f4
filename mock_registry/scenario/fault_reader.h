// One of the `faults` of a scenario.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// `scenario` has its tokens already.
Rule ReadRule(const JsonNode& node, const std::string& path, const Scenario& scenario, Problems& problems);

}  // namespace mock_registry
