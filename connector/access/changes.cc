#include "connector/access/changes.h"

#include <map>
#include <set>
#include <utility>

namespace connector {
namespace {

struct Facts {
  std::map<std::string, std::string> role_of;  // every user; "" without a role
  std::set<std::string> teams;
  std::set<std::pair<std::string, std::string>> memberships;  // team, user
};

Facts FactsOf(const AccessGraph& graph) {
  Facts facts;
  for (const std::string& user : graph.users) facts.role_of[user];
  facts.teams.insert(graph.teams.begin(), graph.teams.end());
  for (const Grant& grant : graph.grants) {
    if (grant.entitlement.resource.type == ResourceType::kTeam) {
      facts.memberships.emplace(grant.entitlement.resource.name, grant.principal.name);
    } else {
      facts.role_of[grant.principal.name] = grant.entitlement.slug;
    }
  }
  return facts;
}

// Calls `report` for each element of `a` that `b` lacks.
template <typename Set, typename Report>
void ForEachMissing(const Set& a, const Set& b, const Report& report) {
  for (const auto& element : a) {
    if (!b.contains(element)) report(element);
  }
}

}  // namespace

std::string_view ToString(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kUserJoined:
      return "joined";
    case ChangeKind::kUserLeft:
      return "left";
    case ChangeKind::kRoleChanged:
      return "role changed";
    case ChangeKind::kTeamAdded:
      return "team added";
    case ChangeKind::kTeamRemoved:
      return "team removed";
    case ChangeKind::kTeamEntered:
      return "entered team";
    case ChangeKind::kTeamLeft:
      return "left team";
  }
  return "";
}

std::vector<Change> CompareGraphs(const AccessGraph& before, const AccessGraph& after) {
  const Facts old_facts = FactsOf(before);
  const Facts new_facts = FactsOf(after);
  std::vector<Change> changes;
  for (const auto& [user, role] : new_facts.role_of) {
    if (!old_facts.role_of.contains(user)) changes.push_back({ChangeKind::kUserJoined, user, "", "", role});
  }
  for (const auto& [user, role] : old_facts.role_of) {
    if (!new_facts.role_of.contains(user)) changes.push_back({ChangeKind::kUserLeft, user, "", role, ""});
  }
  for (const auto& [user, role] : old_facts.role_of) {
    const auto now = new_facts.role_of.find(user);
    if (now != new_facts.role_of.end() && now->second != role) {
      changes.push_back({ChangeKind::kRoleChanged, user, "", role, now->second});
    }
  }
  ForEachMissing(new_facts.teams, old_facts.teams, [&](const std::string& team) {
    changes.push_back({ChangeKind::kTeamAdded, "", team, "", ""});
  });
  ForEachMissing(old_facts.teams, new_facts.teams, [&](const std::string& team) {
    changes.push_back({ChangeKind::kTeamRemoved, "", team, "", ""});
  });
  ForEachMissing(new_facts.memberships, old_facts.memberships, [&](const auto& entry) {
    changes.push_back({ChangeKind::kTeamEntered, entry.second, entry.first, "", ""});
  });
  ForEachMissing(old_facts.memberships, new_facts.memberships, [&](const auto& entry) {
    changes.push_back({ChangeKind::kTeamLeft, entry.second, entry.first, "", ""});
  });
  return changes;
}

}  // namespace connector
