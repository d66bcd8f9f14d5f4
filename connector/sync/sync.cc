#include "connector/sync/sync.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "connector/access/guards.h"
#include "connector/npm/decode.h"
#include "connector/npm/endpoints.h"

namespace connector {
namespace {

class OrganizationSync {
 public:
  OrganizationSync(Driver& driver, const SyncOptions& options, GraphSink& sink, SyncObserver& observer)
      : options_(options), org_(options.org), sink_(sink), observer_(observer), fetcher_(driver, options.fetch) {}

  absl::StatusOr<SyncSummary> Run() {
    ASSIGN_OR_RETURN(const std::vector<std::string> teams, FetchTeams());
    ASSIGN_OR_RETURN(const std::vector<Member> members, FetchMembers());
    RETURN_IF_ERROR(CheckMembers(org_, members));
    RETURN_IF_ERROR(CheckTeams(org_, teams));
    if (const std::optional<std::string> doubt = DoubtAboutTeams(teams)) observer_.OnWarning(*doubt);
    RETURN_IF_ERROR(AddMembers(members));
    RETURN_IF_ERROR(FetchAndAddTeams(teams));
    summary_.requests = fetcher_.requests();
    return summary_;
  }

 private:
  // A listing that is one document.
  template <typename Rows>
  absl::StatusOr<Rows> FetchListing(const HttpRequest& request, std::string_view what,
                                    const std::function<absl::StatusOr<Rows>(std::string_view)>& decode) {
    Rows rows;
    Batch batch;
    batch.count = 1;
    batch.request = [&](std::size_t) { return request; };
    batch.what = [&](std::size_t) { return std::string(what); };
    batch.decode = [&](std::size_t, const HttpResponse& response) -> absl::Status {
      ASSIGN_OR_RETURN(rows, decode(response.body));
      return absl::OkStatus();
    };
    batch.deliver = [](std::size_t) { return absl::OkStatus(); };
    RETURN_IF_ERROR(fetcher_.Run(batch));
    return rows;
  }

  absl::StatusOr<std::vector<std::string>> FetchTeams() {
    return FetchListing<std::vector<std::string>>(
        TeamsRequest(org_), fmt::format("the team list of {}", org_.value()),
        [this](std::string_view body) { return DecodeTeams(body, org_, options_.decode); });
  }

  absl::StatusOr<std::vector<Member>> FetchMembers() {
    return FetchListing<std::vector<Member>>(
        MembersRequest(org_), fmt::format("the member list of {}", org_.value()),
        [this](std::string_view body) { return DecodeMembers(body, options_.decode); });
  }

  absl::Status AddMembers(const std::vector<Member>& members) {
    RETURN_IF_ERROR(sink_.AddOrganization(org_.value()));
    const std::vector<Entitlement> roles = OrganizationEntitlements(org_.value());
    for (const Member& member : members) {
      RETURN_IF_ERROR(AddUser(member.user));
      RETURN_IF_ERROR(AddGrant(roles[static_cast<std::size_t>(member.role)], member.user));
    }
    return absl::OkStatus();
  }

  absl::Status FetchAndAddTeams(const std::vector<std::string>& teams) {
    observer_.OnProgress(0, teams.size());
    std::map<std::size_t, std::vector<std::string>> users_of;  // decoded, waiting for their turn
    Batch batch;
    batch.count = teams.size();
    batch.request = [&](std::size_t i) { return TeamMembersRequest(org_, teams[i]); };
    batch.what = [&](std::size_t i) { return fmt::format("the members of team {} of {}", teams[i], org_.value()); };
    batch.decode = [&](std::size_t i, const HttpResponse& response) -> absl::Status {
      absl::StatusOr<std::vector<std::string>> users = DecodeTeamMembers(response.body, options_.decode);
      if (!users.ok()) return Annotate(users.status(), fmt::format("team {}", teams[i]));
      users_of[i] = *std::move(users);
      return absl::OkStatus();
    };
    batch.deliver = [&](std::size_t i) -> absl::Status {
      const auto users = users_of.extract(i);
      RETURN_IF_ERROR(AddTeam(teams[i], users.mapped()));
      observer_.OnProgress(i + 1, teams.size());
      return absl::OkStatus();
    };
    return fetcher_.Run(batch);
  }

  absl::Status AddTeam(const std::string& team, const std::vector<std::string>& users) {
    RETURN_IF_ERROR(sink_.AddTeam(team));
    ++summary_.teams;
    const Entitlement membership = TeamEntitlement(team);
    for (const std::string& user : users) {
      if (!known_users_.contains(user)) {
        // Somebody joined or left between two requests, or the registry contradicts itself. Access is never dropped
        // silently.
        observer_.OnWarning(
            fmt::format("team {} lists {}, who is not in the member list of {}; kept as a user without a role", team,
                        user, org_.value()));
        ++summary_.unlisted_users;
        RETURN_IF_ERROR(AddUser(user));
      }
      RETURN_IF_ERROR(AddGrant(membership, user));
    }
    return absl::OkStatus();
  }

  absl::Status AddUser(const std::string& user) {
    known_users_.insert(user);
    ++summary_.users;
    return sink_.AddUser(user);
  }

  absl::Status AddGrant(const Entitlement& entitlement, const std::string& user) {
    ++summary_.grants;
    return sink_.AddGrant(entitlement, user);
  }

  const SyncOptions& options_;
  const OrgName& org_;
  GraphSink& sink_;
  SyncObserver& observer_;
  Fetcher fetcher_;
  std::set<std::string> known_users_;
  SyncSummary summary_;
};

}  // namespace

absl::StatusOr<SyncSummary> SyncOrganization(Driver& driver, const SyncOptions& options, GraphSink& sink,
                                             SyncObserver& observer) {
  return OrganizationSync(driver, options, sink, observer).Run();
}

}  // namespace connector
