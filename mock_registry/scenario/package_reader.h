// The packages of one of the `orgs` of a scenario, and which of its teams may use them.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// Adds them to `org`, whose teams are known.
void ReadPackages(const JsonNode& node, const std::string& path, std::uint64_t seed, Org& org, Problems& problems);

}  // namespace mock_registry
