#include "connector/access/guards.h"

#include <algorithm>
#include <iterator>
#include <set>

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

absl::Status CheckShrink(const OrgName& org, const std::vector<std::string>& before, const std::vector<Member>& members,
                         double max_shrink) {
  std::set<std::string_view> now;
  for (const Member& member : members) now.insert(member.user);
  std::set<std::string_view> gone(before.begin(), before.end());
  std::erase_if(gone, [&](std::string_view user) { return now.contains(user); });
  if (static_cast<double>(gone.size()) <= max_shrink * static_cast<double>(before.size())) return absl::OkStatus();
  constexpr std::size_t kShown = 10;
  std::vector<std::string_view> shown(gone.begin(), std::next(gone.begin(), std::min(gone.size(), kShown)));
  const std::string more = gone.size() > kShown ? fmt::format(" and {} more", gone.size() - kShown) : "";
  return absl::FailedPreconditionError(
      fmt::format("{} of the {} members that {} had in the last sync are not listed any more: {}{}. That is more than "
                  "--max-shrink allows. {}. If they did leave, pass --max-shrink 100%.",
                  gone.size(), before.size(), org.value(), fmt::join(shown, ", "), more, kNothingWritten));
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
