// The first law of the connector: a failure never looks like an empty or shorter organization. These checks stand
// between what the registry said and what is believed. Each refusal is kFailedPrecondition and says what was seen and
// what to check.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/core/status.h"
#include "connector/npm/decode.h"

namespace connector {

// Refuses an empty roster (npm answers {} to a token that may not see the members), a roster that is only {org: owner}
// (npm's answer when the name is a user account), and a roster without an owner (every organization has one).
absl::Status CheckMembers(const OrgName& org, const std::vector<Member>& members);

// Refuses a roster that lacks more than `max_shrink` (0 to 1) of the users in `before`, the roster of the last finished
// sync, and names some of them. `members` are sorted by name, as DecodeMembers gives them.
absl::Status CheckShrink(const OrgName& org, const std::vector<std::string>& before, const std::vector<Member>& members,
                         double max_shrink);

// Refuses a roster that lacks `user`, whose token it was read with: npm lists members to members only, so somebody is
// left out. Upper and lower case are the same; "" is nobody that is known.
absl::Status CheckActingUser(const OrgName& org, std::string_view user, const std::vector<Member>& members);

// Refuses an empty list: every organization has at least the team `developers`, which cannot be deleted.
absl::Status CheckTeams(const OrgName& org, const std::vector<std::string>& teams);

// What is odd about a list that is kept all the same, for a warning.
std::optional<std::string> DoubtAboutTeams(const std::vector<std::string>& teams);

}  // namespace connector
