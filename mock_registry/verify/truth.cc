#include "mock_registry/verify/truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mock_registry {
namespace {

using Facts = std::set<std::string>;

std::string UserFact(const std::string& login) { return fmt::format("user {}", login); }
std::string TeamFact(const std::string& team) { return fmt::format("team {}", team); }
std::string RoleFact(const std::string& login, const std::string& role) {
  return fmt::format("role {} of user {}", role, login);
}
std::string MembershipFact(const std::string& login, const std::string& team) {
  return fmt::format("user {} in team {}", login, team);
}

void AddMembers(const Org& org, Facts& facts) {
  for (const OrgMember& member : org.members) {
    facts.insert(UserFact(member.login));
    facts.insert(RoleFact(member.login, member.role));
  }
}

void AddTeam(const Team& team, Facts& facts) {
  for (const std::string& login : team.members) {
    facts.insert(UserFact(login));
    facts.insert(MembershipFact(login, team.name));
  }
}

Facts FactsOf(const Org& org) {
  Facts facts;
  AddMembers(org, facts);
  for (const Team& team : org.teams) {
    facts.insert(TeamFact(team.name));
    AddTeam(team, facts);
  }
  return facts;
}

Facts FactsOf(const connector::AccessGraph& graph) {
  Facts facts;
  for (const std::string& user : graph.users) facts.insert(UserFact(user));
  for (const std::string& team : graph.teams) facts.insert(TeamFact(team));
  for (const connector::Grant& grant : graph.grants) {
    const connector::Entitlement& entitlement = grant.entitlement;
    facts.insert(entitlement.resource.type == connector::ResourceType::kTeam
                     ? MembershipFact(grant.principal.name, entitlement.resource.name)
                     : RoleFact(grant.principal.name, entitlement.slug));
  }
  return facts;
}

}  // namespace

void Truth::Answered(const std::string& operation, const std::string& team) {
  answered_[{operation, team}] = versions_.size() - 1;
}

const Org& Truth::VersionOf(const std::string& operation, const std::string& team) const {
  const auto found = answered_.find({operation, team});
  return found == answered_.end() ? versions_.back() : versions_[found->second];
}

Facts Truth::LastAnswered() const {
  Facts facts;
  AddMembers(VersionOf("org.members", ""), facts);
  for (const Team& listed : VersionOf("org.teams", "").teams) {
    facts.insert(TeamFact(listed.name));
    for (const Team& team : VersionOf("team.members", listed.name).teams) {
      if (team.name == listed.name) AddTeam(team, facts);
    }
  }
  return facts;
}

std::vector<std::string> Truth::Compare(const connector::AccessGraph& read, Snapshot snapshot, bool incomplete) const {
  Facts required, allowed;
  switch (snapshot) {
    case Snapshot::kExact:
      required = allowed = LastAnswered();
      break;
    case Snapshot::kStart:
      required = allowed = FactsOf(versions_.front());
      break;
    case Snapshot::kEnd:
      required = allowed = FactsOf(versions_.back());
      break;
    case Snapshot::kAnyConsistent:
      required = FactsOf(versions_.front());
      for (const Org& version : versions_) {
        const Facts facts = FactsOf(version);
        std::erase_if(required, [&](const std::string& fact) { return !facts.contains(fact); });
        allowed.insert(facts.begin(), facts.end());
      }
  }
  if (incomplete) required.clear();
  const Facts seen = FactsOf(read);
  std::vector<std::string> differences;
  for (const std::string& fact : required) {
    if (!seen.contains(fact)) differences.push_back(fact + " is missing");
  }
  for (const std::string& fact : seen) {
    if (!allowed.contains(fact)) differences.push_back(fact + " is not so");
  }
  if (read.organization != versions_.front().name) {
    differences.push_back(fmt::format("organization {} is not {}", read.organization, versions_.front().name));
  }
  return differences;
}

}  // namespace mock_registry
