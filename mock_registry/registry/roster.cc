#include "mock_registry/registry/roster.h"

#include <fmt/format.h>

#include <algorithm>

#include "connector/core/rng.h"

namespace mock_registry {
namespace {

const OrgMember* FindMember(const Org& org, const std::string& login) {
  const auto found = std::find_if(org.members.begin(), org.members.end(),
                                  [&](const OrgMember& member) { return member.login == login; });
  return found == org.members.end() ? nullptr : &*found;
}

}  // namespace

bool IsMember(const Org& org, const std::string& login) { return FindMember(org, login) != nullptr; }

std::string RoleOf(const Org& org, const std::string& login) {
  const OrgMember* member = FindMember(org, login);
  return member == nullptr ? "" : member->role;
}

bool IsLastOwner(const Org& org, const std::string& login) {
  return RoleOf(org, login) == "owner" && std::count_if(org.members.begin(), org.members.end(),
                                                        [](const OrgMember& m) { return m.role == "owner"; }) == 1;
}

const Team* FindTeam(const Org& org, const std::string& name) {
  const auto found =
      std::find_if(org.teams.begin(), org.teams.end(), [&](const Team& team) { return team.name == name; });
  return found == org.teams.end() ? nullptr : &*found;
}

void Apply(const Change& change, Org& org) {
  using Kind = Change::Kind;
  const auto team =
      std::find_if(org.teams.begin(), org.teams.end(), [&](const Team& t) { return t.name == change.name; });
  switch (change.kind) {
    case Kind::kAddMember:
      org.members.push_back({change.name, change.role});
      return;
    case Kind::kSetRole:
      for (OrgMember& member : org.members) {
        if (member.login == change.name) member.role = change.role;
      }
      return;
    case Kind::kRemoveMember:
      std::erase_if(org.members, [&](const OrgMember& member) { return member.login == change.name; });
      for (Team& each : org.teams) std::erase(each.members, change.name);
      return;
    case Kind::kAddTeam:
      org.teams.push_back({change.name, change.members});
      return;
    case Kind::kRemoveTeam:
      if (team != org.teams.end()) org.teams.erase(team);
      return;
    case Kind::kAddToTeam:
    case Kind::kRemoveFromTeam:
      if (team == org.teams.end()) return;
      for (const std::string& login : change.members) {
        std::erase(team->members, login);
        if (change.kind == Kind::kAddToTeam) team->members.push_back(login);
      }
      return;
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
      changes.push_back({Change::Kind::kAddToTeam, org.teams.front().name, "", {login}});
    }
  }
  return changes;
}

}  // namespace mock_registry
