#include "mock_registry/verify/truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace mock_registry {
namespace {

using Facts = std::vector<std::uint64_t>;
using Visitor = std::function<void(const std::string& fact)>;

std::string UserFact(const std::string& login) { return fmt::format("user {}", login); }
std::string TeamFact(const std::string& team) { return fmt::format("team {}", team); }
std::string RoleFact(const std::string& login, const std::string& role) {
  return fmt::format("role {} of user {}", role, login);
}
std::string MembershipFact(const std::string& login, const std::string& team) {
  return fmt::format("user {} in team {}", login, team);
}

void VisitMembers(const Org& org, const Visitor& visit) {
  for (const OrgMember& member : org.members) {
    visit(UserFact(member.login));
    visit(RoleFact(member.login, member.role));
  }
}

void VisitTeam(const Team& team, const Visitor& visit) {
  for (const std::string& login : team.members) {
    visit(UserFact(login));
    visit(MembershipFact(login, team.name));
  }
}

void VisitFacts(const Org& org, const Visitor& visit) {
  VisitMembers(org, visit);
  for (const Team& team : org.teams) {
    visit(TeamFact(team.name));
    VisitTeam(team, visit);
  }
}

void VisitFacts(const connector::AccessGraph& graph, const Visitor& visit) {
  for (const std::string& user : graph.users) visit(UserFact(user));
  for (const std::string& team : graph.teams) visit(TeamFact(team));
  for (const connector::Grant& grant : graph.grants) {
    const connector::Entitlement& entitlement = grant.entitlement;
    visit(entitlement.resource.type == connector::ResourceType::kTeam
              ? MembershipFact(grant.principal.name, entitlement.resource.name)
              : RoleFact(grant.principal.name, entitlement.slug));
  }
}

std::uint64_t Hash(const std::string& fact) { return std::hash<std::string>()(fact); }

// Of what `walk` visits.
template <typename Walk>
Facts FactsOf(const Walk& walk) {
  Facts facts;
  walk([&](const std::string& fact) { facts.push_back(Hash(fact)); });
  std::sort(facts.begin(), facts.end());
  facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
  return facts;
}

Facts Without(const Facts& facts, const Facts& others) {
  Facts rest;
  std::set_difference(facts.begin(), facts.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

// Adds, sorted, a line for each of `facts` that `walk` visits.
template <typename Walk>
void Name(const Facts& facts, const Walk& walk, std::string_view what, std::vector<std::string>& lines) {
  if (facts.empty()) return;
  std::set<std::string> found;
  walk([&](const std::string& fact) {
    if (std::binary_search(facts.begin(), facts.end(), Hash(fact))) found.insert(fact);
  });
  for (const std::string& fact : found) lines.push_back(fmt::format("{} {}", fact, what));
}

}  // namespace

void Truth::Answered(const std::string& operation, const std::string& team) {
  answered_[{operation, team}] = versions_.size() - 1;
}

const Org& Truth::VersionOf(const std::string& operation, const std::string& team) const {
  const auto found = answered_.find({operation, team});
  return found == answered_.end() ? versions_.back() : versions_[found->second];
}

void Truth::VisitLastAnswered(const Visitor& visit) const {
  VisitMembers(VersionOf("org.members", ""), visit);
  for (const Team& listed : VersionOf("org.teams", "").teams) {
    visit(TeamFact(listed.name));
    const Sequence<Team>& teams = VersionOf("team.members", listed.name).teams;
    if (const auto team = teams.Find(listed.name)) VisitTeam(teams[*team], visit);
  }
}

std::vector<std::string> Truth::Compare(const connector::AccessGraph& read, Snapshot snapshot, bool incomplete) const {
  const auto all_versions = [this](const Visitor& visit) {
    for (const Org& version : versions_) VisitFacts(version, visit);
  };
  const auto facts_of = [](const Org& version) {
    return FactsOf([&](const Visitor& visit) { VisitFacts(version, visit); });
  };
  Facts required, allowed;
  switch (snapshot) {
    case Snapshot::kExact:
      required = allowed = FactsOf([this](const Visitor& visit) { VisitLastAnswered(visit); });
      break;
    case Snapshot::kStart:
      required = allowed = facts_of(versions_.front());
      break;
    case Snapshot::kEnd:
      required = allowed = facts_of(versions_.back());
      break;
    case Snapshot::kAnyConsistent:
      required = facts_of(versions_.front());
      for (const Org& version : versions_) required = Without(required, Without(required, facts_of(version)));
      allowed = FactsOf(all_versions);
  }
  if (incomplete) required.clear();
  const auto all_read = [&](const Visitor& visit) { VisitFacts(read, visit); };
  const Facts seen = FactsOf(all_read);
  std::vector<std::string> differences;
  Name(Without(required, seen), all_versions, "is missing", differences);
  Name(Without(seen, allowed), all_read, "is not so", differences);
  if (read.organization != versions_.front().name) {
    differences.push_back(fmt::format("organization {} is not {}", read.organization, versions_.front().name));
  }
  return differences;
}

}  // namespace mock_registry
