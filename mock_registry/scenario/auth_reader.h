// The `auth` of a scenario.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// `scenario` has its organizations already, and the token that there is without `auth`.
void ReadAuth(const JsonNode& node, Scenario& scenario, Problems& problems);

// Who a token belongs to if the file does not say: an owner of the first organization.
std::string DefaultUser(const std::vector<Org>& orgs);

}  // namespace mock_registry
