#include "mock_registry/verify/ground_truth.h"

#include <utility>

#include "connector/access/digest.h"

namespace mock_registry {

Census CensusOf(const Org& org) {
  Census census{org.members.size(), {}, org.teams.size(), 0, org.packages.size()};
  for (const OrgMember& member : org.members) ++census.roles[member.role];
  for (const Team& team : org.teams) census.memberships += team.members.size();
  return census;
}

std::string DigestOf(const Org& org) {
  using connector::ResourceId;
  using connector::ResourceType;
  connector::GraphParts parts;
  parts.organization = org.name;
  for (const OrgMember& member : org.members) parts.users.push_back(member.login);
  parts.resources.push_back({ResourceType::kOrganization, org.name});
  parts.grants = org.members.size();
  std::map<std::string, std::size_t> index_of;
  for (const Team& team : org.teams) {
    index_of.emplace(team.name, parts.teams.size());
    parts.teams.push_back(team.name);
    parts.resources.push_back({ResourceType::kTeam, team.name});
    parts.grants += team.members.size();
  }
  parts.grants_on = [&](const ResourceId& resource) {
    std::vector<connector::GraphParts::UserAndSlug> grants;
    if (resource.type == ResourceType::kOrganization) {
      for (const OrgMember& member : org.members) grants.emplace_back(member.login, member.role);
      return grants;
    }
    const Team team = org.teams[index_of.at(resource.name)];
    for (const std::string& login : team.members) grants.emplace_back(login, connector::kMemberSlug);
    return grants;
  };
  return connector::GraphDigest(std::move(parts));
}

std::vector<std::string> TeamsOf(const Org& org, const std::string& login) {
  std::vector<std::string> teams;
  for (const Team& team : org.teams) {
    if (team.members.Find(login)) teams.push_back(team.name);
  }
  return teams;
}

}  // namespace mock_registry
