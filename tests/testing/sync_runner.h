// Runs the whole connector against a registry, in virtual time or over sockets.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "connector/access/digest.h"
#include "connector/cli/run.h"
#include "connector/http/httplib_driver.h"
#include "connector/store/c1z_reader.h"
#include "mock_registry/registry/registry.h"
#include "mock_registry/scenario/loader.h"
#include "mock_registry/transport/http_server.h"
#include "mock_registry/transport/sim_driver.h"

namespace testing_util {

enum class Transport { kSim, kSockets };

inline std::string ToString(Transport transport) { return transport == Transport::kSim ? "Sim" : "Sockets"; }

class RecordingObserver final : public connector::SyncObserver {
 public:
  void OnProgress(std::size_t teams_done, std::size_t teams) override { progress.emplace_back(teams_done, teams); }
  void OnWarning(const std::string& warning) override { warnings.push_back(warning); }

  std::vector<std::pair<std::size_t, std::size_t>> progress;
  std::vector<std::string> warnings;
};

struct SyncRun {
  Transport transport = Transport::kSim;
  std::string org = "acme";
  std::string token = mock_registry::kDefaultToken;
  std::string file;
  std::uint64_t seed = 1;
  absl::Duration latency = absl::Milliseconds(1);          // of the simulation
  absl::Time start = mock_registry::SimOptions().start;    // of the simulation
  connector::Instant stop_at = connector::Instant::Max();  // of the simulation
  bool fresh = false;
  bool record_team_errors = false;
  connector::FileOps* file_ops = &connector::FileOps::Real();
};

inline mock_registry::Handler HandlerOf(mock_registry::Registry& registry) {
  return [&registry](const connector::HttpRequest& request, connector::Instant now) {
    return registry.Handle(request, now);
  };
}

// Syncs into run.file and returns how it ended.
inline absl::Status RunSync(const SyncRun& run, const mock_registry::Handler& handler, RecordingObserver& observer) {
  ASSIGN_OR_RETURN(const connector::OrgName org, connector::OrgName::Parse(run.org));
  const connector::Secret token{run.token};
  connector::RunSettings settings;
  settings.fetch.seed = run.seed;
  settings.file_ops = run.file_ops;
  connector::SyncCommand command{org, token, connector::Origin{true, "registry.test", 443, ""}, run.file, ""};
  command.fresh = run.fresh;
  command.record_team_errors = run.record_team_errors;
  if (run.transport == Transport::kSim) {
    mock_registry::SimOptions options{token};
    options.latency = run.latency;
    options.start = run.start;
    options.stop_at = run.stop_at;
    mock_registry::SimDriver driver(handler, options);
    return connector::RunSync(command, driver, observer, settings);
  }
  ASSIGN_OR_RETURN(const auto server, mock_registry::HttpServer::Start(handler));
  ASSIGN_OR_RETURN(command.origin, connector::Origin::Parse(server->base_url()));
  connector::ConnectionOptions connection;
  connection.origin = command.origin;
  connection.token = token;
  connection.user_agent = "test";
  settings.fetch.retry.base = absl::Milliseconds(1);  // over sockets, waits are real
  connector::HttplibDriver driver(connection, settings.fetch.limits.in_flight);
  return connector::RunSync(command, driver, observer, settings);
}

inline absl::Status RunSync(const SyncRun& run, const mock_registry::Handler& handler) {
  RecordingObserver observer;
  return RunSync(run, handler, observer);
}

}  // namespace testing_util
