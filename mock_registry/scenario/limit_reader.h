// One of the `limits` of a scenario.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

Limit ReadLimit(const JsonNode& node, const std::string& path, Problems& problems);

}  // namespace mock_registry
