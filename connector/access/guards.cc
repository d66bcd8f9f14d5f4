#include "connector/access/guards.h"

#include <algorithm>

#include "connector/http/message.h"

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
  const auto is_before = [](const Member& member, std::string_view user) { return member.user < user; };
  std::vector<std::string_view> gone;
  for (const std::string& user : before) {
    const auto found = std::lower_bound(members.begin(), members.end(), user, is_before);
    if (found == members.end() || found->user != user) gone.push_back(user);
  }
  if (static_cast<double>(gone.size()) <= max_shrink * static_cast<double>(before.size())) return absl::OkStatus();
  constexpr std::size_t kShown = 10;
  const std::size_t count = gone.size();
  const std::string more = count > kShown ? fmt::format(" and {} more", count - kShown) : "";
  std::sort(gone.begin(), gone.end());
  gone.resize(std::min(count, kShown));
  return absl::FailedPreconditionError(
      fmt::format("{} of the {} members that {} had in the last sync are not listed any more: {}{}. That is more than "
                  "--max-shrink allows. {}. If they did leave, pass --max-shrink 100%.",
                  count, before.size(), org.value(), fmt::join(gone, ", "), more, kNothingWritten));
}

absl::Status CheckActingUser(const OrgName& org, std::string_view user, const std::vector<Member>& members) {
  const auto is_user = [&](const Member& member) { return EqualIgnoringCase(member.user, user); };
  if (user.empty() || std::any_of(members.begin(), members.end(), is_user)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("the member list of {} lacks {}, whose token this is, and npm shows that list to members only: it is "
                  "not whole. Use a token of a member. {}.",
                  org.value(), user, kNothingWritten));
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
