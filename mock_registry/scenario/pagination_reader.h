// The `pagination` of a scenario.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

void ReadPagination(const JsonNode& node, Scenario& scenario, Problems& problems);

}  // namespace mock_registry
