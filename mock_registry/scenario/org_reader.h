// One of the `orgs` of a scenario, written out or generated.
#pragma once

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// What is drawn is drawn from `seed`, which is the file's: another seed on a command line makes no other organization.
Org ReadOrg(const JsonMember& member, const std::string& path, std::uint64_t seed, Problems& problems);

}  // namespace mock_registry
