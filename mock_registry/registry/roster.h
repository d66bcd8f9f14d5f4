// Questions to one organization, and changes of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

bool IsMember(const Org& org, const std::string& login);
// "" for somebody who is no member.
std::string RoleOf(const Org& org, const std::string& login);
bool IsLastOwner(const Org& org, const std::string& login);
std::optional<Team> FindTeam(const Org& org, const std::string& name);

// Changes of tokens and kChurn do nothing.
void Apply(const Change& change, Org& org);

// kChurn as single changes, drawn from `seed` and `round`: people who join as developers, and others who leave. Owners
// stay, and so does who is in `keep`.
std::vector<Change> Churn(const Change& churn, const Org& org, const std::string& keep, std::uint64_t seed,
                          std::uint64_t round);

}  // namespace mock_registry
