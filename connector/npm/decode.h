// Bytes to rows. Each function reads one whole JSON document by SAX, holding no more than the rows, and refuses
// anything that is not exactly the expected shape: a document that is misread could look like a smaller organization.
// Every error is kDataLoss and says what was seen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connector/core/limits.h"
#include "connector/core/status.h"
#include "connector/npm/names.h"

namespace connector {

// npm's website calls a developer "Member".
enum class Role { kDeveloper, kAdmin, kOwner };

inline constexpr Role kRoles[] = {Role::kDeveloper, Role::kAdmin, Role::kOwner};

// "developer", "admin" or "owner".
std::string_view ToString(Role role);

struct Member {
  std::string user;
  Role role = Role::kDeveloper;
  friend bool operator==(const Member&, const Member&) = default;
};

// {"alice":"owner","bob":"developer"}, sorted by user name (bytes). Refuses a user named twice, a role that is none of
// the three, and the `{"objects":[...]}` envelope of other npm listings.
absl::StatusOr<std::vector<Member>> DecodeMembers(std::string_view json, const DecodeLimits& limits);

// ["acme:developers","@acme:ops"], as sorted team names. The scope, with or without '@', must be `org`; the team's name
// is all that follows the first colon.
absl::StatusOr<std::vector<std::string>> DecodeTeams(std::string_view json, const OrgName& org,
                                                     const DecodeLimits& limits);

// ["alice","bob"], sorted.
absl::StatusOr<std::vector<std::string>> DecodeTeamMembers(std::string_view json, const DecodeLimits& limits);

}  // namespace connector
