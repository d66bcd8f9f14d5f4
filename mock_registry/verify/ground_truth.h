// What is so in an organization: taken from its model alone, without serving a byte, and never held whole.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

struct Census {
  std::uint64_t members = 0;
  std::map<std::string, std::uint64_t> roles;  // members by role
  std::uint64_t teams = 0;
  std::uint64_t memberships = 0;  // of all teams
  std::uint64_t packages = 0;

  // A role each, and the memberships.
  std::uint64_t grants() const { return members + memberships; }
};

Census CensusOf(const Org& org);

// The digest of its access graph, as `npm-connector verify` prints that of a sync.
std::string DigestOf(const Org& org);

// The names of the teams that a member is in, in the order of the teams.
std::vector<std::string> TeamsOf(const Org& org, const std::string& login);

}  // namespace mock_registry
