#include "connector/access/model.h"

#include <fmt/format.h>

namespace connector {

std::string_view ToString(ResourceType type) {
  switch (type) {
    case ResourceType::kOrganization:
      return "organization";
    case ResourceType::kTeam:
      return "team";
    case ResourceType::kUser:
      return "user";
  }
  return "";
}

std::string ResourceId::ToString() const { return fmt::format("{}:{}", connector::ToString(type), name); }

std::string Entitlement::Id() const { return fmt::format("{}:{}", resource.ToString(), slug); }

std::vector<Entitlement> OrganizationEntitlements(std::string_view organization) {
  std::vector<Entitlement> entitlements;
  for (const Role role : kRoles) {
    entitlements.push_back({{ResourceType::kOrganization, std::string(organization)}, std::string(ToString(role))});
  }
  return entitlements;
}

Entitlement TeamEntitlement(std::string_view team) {
  return {{ResourceType::kTeam, std::string(team)}, std::string(kMemberSlug)};
}

std::string Grant::Id() const { return fmt::format("{}:{}", entitlement.Id(), principal.ToString()); }

}  // namespace connector
