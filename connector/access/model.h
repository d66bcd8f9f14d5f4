// Who has what: users, the organization and its teams, the entitlements they offer, and grants. The words and the ids
// are Baton's; the ids are plain joins with ':' and must stay byte for byte as they are, because reports across years
// compare by them. They are never parsed: a name may hold ':'.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "connector/npm/decode.h"

namespace connector {

enum class ResourceType { kOrganization, kTeam, kUser };

inline constexpr ResourceType kResourceTypes[] = {ResourceType::kOrganization, ResourceType::kTeam,
                                                  ResourceType::kUser};

// "organization", "team" or "user".
std::string_view ToString(ResourceType type);

struct ResourceId {
  ResourceType type = ResourceType::kUser;
  std::string name;  // exactly as npm spells it; without '@' for the organization, without "org:" for a team

  std::string ToString() const;  // "team:developers"

  friend auto operator<=>(const ResourceId&, const ResourceId&) = default;
};

struct Entitlement {
  ResourceId resource;
  std::string slug;  // a role's name on the organization, kMemberSlug on a team

  std::string Id() const;  // "team:developers:member"

  friend auto operator<=>(const Entitlement&, const Entitlement&) = default;
};

inline constexpr std::string_view kMemberSlug = "member";

// What the organization offers: one entitlement a role. A user has exactly one of them.
std::vector<Entitlement> OrganizationEntitlements(std::string_view organization);

// What a team offers.
Entitlement TeamEntitlement(std::string_view team);

struct Grant {
  Entitlement entitlement;
  ResourceId principal;

  std::string Id() const;  // "team:developers:member:user:alice"

  friend auto operator<=>(const Grant&, const Grant&) = default;
};

}  // namespace connector
