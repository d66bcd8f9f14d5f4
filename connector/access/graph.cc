#include "connector/access/graph.h"

namespace connector {

std::vector<Entitlement> AccessGraph::Entitlements() const {
  std::vector<Entitlement> entitlements = OrganizationEntitlements(organization);
  for (const std::string& team : teams) entitlements.push_back(TeamEntitlement(team));
  return entitlements;
}

absl::Status GraphBuilder::AddOrganization(std::string_view name) {
  graph_.organization = name;
  return absl::OkStatus();
}

absl::Status GraphBuilder::AddUser(std::string_view name) {
  graph_.users.emplace_back(name);
  return absl::OkStatus();
}

absl::Status GraphBuilder::AddTeam(std::string_view name) {
  graph_.teams.emplace_back(name);
  return absl::OkStatus();
}

absl::Status GraphBuilder::AddGrant(const Entitlement& entitlement, std::string_view user) {
  graph_.grants.push_back({entitlement, {ResourceType::kUser, std::string(user)}});
  return absl::OkStatus();
}

}  // namespace connector
