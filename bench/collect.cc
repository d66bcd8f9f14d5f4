// The connector without its file: what it collects from a registry, for a comparison with other clients, which store
// nothing.
//
//   collect URL TOKEN CONNECTIONS     prints how many members, teams and memberships it found, as peers/sync.js does
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "connector/http/httplib_driver.h"
#include "connector/sync/sync.h"

namespace {

class NoObserver final : public connector::SyncObserver {
 public:
  void OnProgress(std::size_t, std::size_t) override {}
  void OnWarning(const std::string&) override {}  // of teams of 500, a usual size of a page
};

class Counter final : public connector::GraphSink {
 public:
  absl::Status AddOrganization(std::string_view) override { return absl::OkStatus(); }
  absl::Status AddUser(std::string_view) override { return absl::OkStatus(); }
  absl::Status AddTeam(std::string_view) override { return absl::OkStatus(); }
  absl::Status AddGrant(const connector::Entitlement& entitlement, std::string_view) override {
    if (entitlement.resource.type == connector::ResourceType::kTeam) ++memberships;
    return absl::OkStatus();
  }

  std::uint64_t memberships = 0;
};

int Fail(const absl::Status& status) {
  fmt::print(stderr, "collect: {}\n", connector::Message(status));
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return Fail(absl::InvalidArgumentError("usage: collect URL TOKEN CONNECTIONS"));
  connector::ConnectionOptions connection;
  const absl::StatusOr<connector::Origin> origin = connector::Origin::Parse(argv[1]);
  if (!origin.ok()) return Fail(origin.status());
  connection.origin = *origin;
  connection.token = connector::Secret(argv[2]);
  connection.user_agent = "bench";
  const std::size_t connections = std::strtoul(argv[3], nullptr, 10);
  connector::SyncOptions options{*connector::OrgName::Parse("acme"), connection.origin, {}, {}};
  options.fetch.limits.in_flight = connections;
  connector::HttplibDriver driver(connection, connections);
  NoObserver observer;
  Counter counter;
  const absl::StatusOr<connector::SyncSummary> summary =
      connector::SyncOrganization(driver, options, counter, observer);
  if (!summary.ok()) return Fail(summary.status());
  fmt::print("{{\"members\":{},\"teams\":{},\"memberships\":{}}}\n", summary->users, summary->teams,
             counter.memberships);
  return EXIT_SUCCESS;
}
