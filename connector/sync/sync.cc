#include "connector/sync/sync.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "connector/access/guards.h"
#include "connector/npm/decode.h"
#include "connector/npm/endpoints.h"
#include "connector/npm/listing.h"

namespace connector {
namespace {

constexpr int kForbidden = 403;
constexpr int kNotFound = 404;

// What registries cut lists at.
bool IsPageSize(std::size_t count) {
  constexpr std::size_t kSizes[] = {10, 20, 25, 30, 50, 100, 200, 250, 500, 1000, 5000, 10000};
  return std::find(std::begin(kSizes), std::end(kSizes), count) != std::end(kSizes);
}

// The names of the member list, found by their index in it: a million of them take a few bytes each.
class RosterIndex {
 public:
  // `members` outlives the index.
  explicit RosterIndex(const std::vector<Member>& members) : indices_(0, Hash{&members}, Same{&members}) {
    indices_.reserve(members.size());
    for (std::uint32_t i = 0; i < members.size(); ++i) indices_.insert(i);
  }

  bool contains(std::string_view user) const { return indices_.contains(user); }

  // For somebody who is asked for soon: at a million members it is memory that a question waits for.
  void Prefetch(std::string_view user) const { indices_.prefetch(user); }

 private:
  struct Names {
    using is_transparent = void;
    const std::vector<Member>* members;

    std::string_view NameOf(std::string_view name) const { return name; }
    std::string_view NameOf(std::uint32_t index) const { return (*members)[index].user; }
  };
  struct Hash : Names {
    template <typename Key>
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(NameOf(key));
    }
  };
  struct Same : Names {
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return NameOf(a) == NameOf(b);
    }
  };

  absl::flat_hash_set<std::uint32_t, Hash, Same> indices_;
};

class OrganizationSync {
 public:
  OrganizationSync(Driver& driver, const SyncOptions& options, GraphSink& sink, SyncObserver& observer)
      : options_(options), org_(options.org), sink_(sink), observer_(observer), fetcher_(driver, options.fetch) {}

  absl::StatusOr<SyncSummary> Run() {
    ASSIGN_OR_RETURN(const std::vector<std::string> teams, FetchTeams());
    ASSIGN_OR_RETURN(const std::vector<Member> members, FetchMembers());
    RETURN_IF_ERROR(CheckMembers(org_, members));
    ASSIGN_OR_RETURN(const std::string user, FetchActingUser());
    RETURN_IF_ERROR(CheckActingUser(org_, user, members));
    RETURN_IF_ERROR(CheckShrink(org_, options_.previous_members, members, options_.max_shrink));
    RETURN_IF_ERROR(CheckTeams(org_, teams));
    if (const std::optional<std::string> doubt = DoubtAboutTeams(teams)) observer_.OnWarning(*doubt);
    RETURN_IF_ERROR(AddMembers(members));
    RETURN_IF_ERROR(FetchAndAddTeams(teams, RosterIndex(members)));
    summary_.requests = fetcher_.requests();
    return summary_;
  }

 private:
  // A batch of `count` listings, each read page by page. `listing(i)` makes or finds the i-th.
  template <typename Row>
  static Batch BatchOf(std::size_t count, std::function<Listing<Row>&(std::size_t)> listing) {
    Batch batch;
    batch.count = count;
    batch.request = [=](std::size_t i) { return listing(i).request(); };
    batch.what = [=](std::size_t i) { return listing(i).what(); };
    batch.decode = [=](std::size_t i, const HttpResponse& response) -> absl::StatusOr<Answer> {
      RETURN_IF_ERROR(listing(i).Add(response));
      return listing(i).complete() ? Answer::kComplete : Answer::kMore;
    };
    batch.gone = [=](std::size_t i) { return listing(i).Restart(); };
    batch.deliver = [](std::size_t) { return absl::OkStatus(); };
    return batch;
  }

  template <typename Row>
  absl::StatusOr<std::vector<Row>> FetchListing(const HttpRequest& request, std::string what,
                                                const typename Listing<Row>::Decode& decode) {
    Listing<Row> listing(request, std::move(what), options_.origin, options_.decode, decode);
    RETURN_IF_ERROR(fetcher_.Run(BatchOf<Row>(1, [&](std::size_t) -> Listing<Row>& { return listing; })));
    WarnIfSuspicious(listing);
    return std::move(listing.rows());
  }

  absl::StatusOr<std::vector<std::string>> FetchTeams() {
    return FetchListing<std::string>(
        TeamsRequest(org_), fmt::format("the team list of {}", org_.value()),
        [this](std::string_view body) { return DecodeTeams(body, org_, options_.decode); });
  }

  absl::StatusOr<std::vector<Member>> FetchMembers() {
    return FetchListing<Member>(MembersRequest(org_), fmt::format("the member list of {}", org_.value()),
                                [this](std::string_view body) { return DecodeMembers(body, options_.decode); });
  }

  absl::StatusOr<std::string> FetchActingUser() {
    std::string user;
    Batch batch;
    batch.count = 1;
    batch.request = [](std::size_t) { return WhoamiRequest(); };
    batch.what = [](std::size_t) { return "the name of the token's user"; };
    batch.decode = [&](std::size_t, const HttpResponse& response) {
      user = DecodeWhoami(response.body);
      return Answer::kComplete;
    };
    batch.gone = [](std::size_t) { return false; };
    batch.forgive = [](std::size_t, const HttpResponse&, const absl::Status&) { return true; };
    batch.deliver = [](std::size_t) { return absl::OkStatus(); };
    RETURN_IF_ERROR(fetcher_.Run(batch));
    return user;
  }

  template <typename Row>
  void WarnIfSuspicious(Listing<Row>& listing) {
    if (listing.paged() || !IsPageSize(listing.rows().size())) return;
    observer_.OnWarning(
        fmt::format("{} came without pages and has exactly {} entries, a usual size of a page. If there are more, the "
                    "registry cuts its lists without saying so: compare with its website",
                    listing.what(), listing.rows().size()));
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

  absl::Status FetchAndAddTeams(const std::vector<std::string>& teams, const RosterIndex& roster) {
    observer_.OnProgress(0, teams.size());
    std::map<std::size_t, Listing<std::string>> listings;  // asked for, not yet written
    Batch batch = BatchOf<std::string>(teams.size(), [&](std::size_t i) -> Listing<std::string>& {
      const auto found = listings.find(i);
      return found != listings.end() ? found->second : listings.emplace(i, TeamListing(teams[i])).first->second;
    });
    std::map<std::size_t, absl::Status> refused;
    batch.forgive = [&](std::size_t i, const HttpResponse& response, const absl::Status& status) {
      const bool about_the_team = response.status == kForbidden || response.status == kNotFound;
      if (!options_.record_team_errors || !about_the_team) return false;
      refused.emplace(i, status);
      return true;
    };
    batch.deliver = [&](std::size_t i) -> absl::Status {
      const auto listing = listings.extract(i);
      if (const auto refusal = refused.extract(i); !refusal.empty()) {
        observer_.OnWarning(fmt::format("team {} is left out: {}", teams[i], Message(refusal.mapped())));
        summary_.unread_teams.push_back({teams[i], refusal.mapped()});
        return absl::OkStatus();
      }
      WarnIfSuspicious(listing.mapped());
      RETURN_IF_ERROR(AddTeam(teams[i], listing.mapped().rows(), roster));
      observer_.OnProgress(i + 1, teams.size());
      return absl::OkStatus();
    };
    return fetcher_.Run(batch);
  }

  Listing<std::string> TeamListing(const std::string& team) const {
    const auto decode = [this, team](std::string_view body) {
      absl::StatusOr<Page<std::string>> page = DecodeTeamMembers(body, options_.decode);
      if (!page.ok()) page = Annotate(page.status(), fmt::format("team {}", team));
      return page;
    };
    return Listing<std::string>(TeamMembersRequest(org_, team),
                                fmt::format("the members of team {} of {}", team, org_.value()), options_.origin,
                                options_.decode, decode);
  }

  absl::Status AddTeam(const std::string& team, const std::vector<std::string>& users, const RosterIndex& roster) {
    RETURN_IF_ERROR(sink_.AddTeam(team));
    ++summary_.teams;
    const Entitlement membership = TeamEntitlement(team);
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < users.size(); ++i) {
      if (i + kAhead < users.size()) roster.Prefetch(users[i + kAhead]);
      const std::string& user = users[i];
      if (!roster.contains(user) && unlisted_users_.insert(user).second) {
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
  std::set<std::string> unlisted_users_;  // that only teams name
  SyncSummary summary_;
};

}  // namespace

absl::StatusOr<SyncSummary> SyncOrganization(Driver& driver, const SyncOptions& options, GraphSink& sink,
                                             SyncObserver& observer) {
  return OrganizationSync(driver, options, sink, observer).Run();
}

}  // namespace connector
