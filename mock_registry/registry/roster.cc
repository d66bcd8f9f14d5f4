#include "mock_registry/registry/roster.h"

#include <fmt/format.h>

#include <algorithm>

#include "connector/core/rng.h"

namespace mock_registry {

bool IsMember(const Org& org, const std::string& login) { return org.members.Find(login).has_value(); }

std::string RoleOf(const Org& org, const std::string& login) {
  const auto member = org.members.Find(login);
  return member ? org.members[*member].role : "";
}

bool IsLastOwner(const Org& org, const std::string& login) {
  return RoleOf(org, login) == "owner" && std::count_if(org.members.begin(), org.members.end(),
                                                        [](const OrgMember& m) { return m.role == "owner"; }) == 1;
}

std::optional<Team> FindTeam(const Org& org, const std::string& name) {
  const auto team = org.teams.Find(name);
  return team ? std::optional(org.teams[*team]) : std::nullopt;
}

void Apply(const Change& change, Org& org) {
  using Kind = Change::Kind;
  switch (change.kind) {
    case Kind::kAddMember:
      org.members.push_back({change.name, change.role});
      return;
    case Kind::kSetRole:
      for (OrgMember& member : org.members.Edit()) {
        if (member.login == change.name) member.role = change.role;
      }
      return;
    case Kind::kRemoveMember:
      std::erase_if(org.members.Edit(), [&](const OrgMember& member) { return member.login == change.name; });
      for (Team& each : org.teams.Edit()) {
        if (each.members.Find(change.name)) std::erase(each.members.Edit(), change.name);
      }
      return;
    case Kind::kAddTeam:
      org.teams.push_back({change.name, change.members});
      return;
    case Kind::kRemoveTeam:
      std::erase_if(org.teams.Edit(), [&](const Team& team) { return team.name == change.name; });
      return;
    case Kind::kAddToTeam:
    case Kind::kRemoveFromTeam: {
      const auto at = org.teams.Find(change.name);
      if (!at) return;
      std::vector<std::string>& members = org.teams.Edit()[*at].members.Edit();
      for (const std::string& login : change.members) {
        std::erase(members, login);
        if (change.kind == Kind::kAddToTeam) members.push_back(login);
      }
      return;
    }
    case Kind::kRevokeToken:
    case Kind::kRotateToken:
    case Kind::kChurn:
      return;
  }
}

std::vector<Change> Churn(const Change& churn, const Org& org, const std::string& keep, std::uint64_t seed,
                          std::uint64_t round) {
  std::vector<Change> changes;
  std::vector<std::string> leavers;
  for (const OrgMember& member : org.members) {
    if (member.role != "owner" && member.login != keep) leavers.push_back(member.login);
  }
  for (std::uint64_t i = 0; i < churn.remove && !leavers.empty(); ++i) {
    const std::size_t at = connector::Draw(seed, "churn", fmt::to_string(round), i) % leavers.size();
    changes.push_back({Change::Kind::kRemoveMember, leavers[at]});
    leavers.erase(leavers.begin() + static_cast<std::ptrdiff_t>(at));
  }
  for (std::uint64_t i = 0; i < churn.add; ++i) {
    // A draw in the name puts newcomers anywhere in the order of a listing.
    const std::uint64_t draw = connector::Draw(seed, "newcomer", fmt::to_string(round), i);
    const std::string login = fmt::format("{}-newcomer-{}-{}", static_cast<char>('a' + draw % 26), round, i);
    changes.push_back({Change::Kind::kAddMember, login, "developer"});
    if (!org.teams.empty()) {
      changes.push_back({Change::Kind::kAddToTeam, org.teams[0].name, "", {login}});
    }
  }
  return changes;
}

}  // namespace mock_registry
