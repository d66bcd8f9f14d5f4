#include "connector/access/guards.h"

#include <algorithm>

namespace connector {
namespace {

constexpr std::string_view kEveryoneTeam = "developers";
constexpr std::string_view kNothingWritten = "Nothing was written, because this would read as \"everybody left\"";

}  // namespace

absl::Status CheckMembers(const OrgName& org, const std::vector<Member>& members) {
  if (members.empty()) {
    return absl::FailedPreconditionError(
        fmt::format("the registry lists no members of {}. npm answers this when the token may not see them: use a "
                    "token of a member with read "
                    "access to the organization. {}.",
                    org.value(), kNothingWritten));
  }
  if (members.size() == 1 && members[0].user == org.value() && members[0].role == Role::kOwner) {
    return absl::FailedPreconditionError(fmt::format(
        "{} is a user account, not an organization: its only member is itself. Check --organization.", org.value()));
  }
  const bool has_owner =
      std::any_of(members.begin(), members.end(), [](const Member& member) { return member.role == Role::kOwner; });
  if (!has_owner) {
    return absl::FailedPreconditionError(
        fmt::format("the registry lists {} members of {} but no owner, and every npm organization has one: the token "
                    "sees only a part. Use a "
                    "token of an owner. {}.",
                    members.size(), org.value(), kNothingWritten));
  }
  return absl::OkStatus();
}

absl::Status CheckTeams(const OrgName& org, const std::vector<std::string>& teams) {
  if (!teams.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("the registry lists no teams of {}, but every npm organization has the team {}, which cannot be "
                  "deleted: the token may not "
                  "see teams. Use a token of an owner. {}.",
                  org.value(), kEveryoneTeam, kNothingWritten));
}

std::optional<std::string> DoubtAboutTeams(const std::vector<std::string>& teams) {
  if (std::find(teams.begin(), teams.end(), kEveryoneTeam) != teams.end()) return std::nullopt;
  return fmt::format(
      "the team list lacks {}, which npm makes with every organization; perhaps the token sees only some teams",
      kEveryoneTeam);
}

}  // namespace connector
