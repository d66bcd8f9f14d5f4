// Runs a client against a scenario and says whether both were as the scenario expects.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "connector/core/secret.h"
#include "connector/http/driver.h"
#include "connector/sync/fetcher.h"
#include "mock_registry/scenario/scenario.h"
#include "mock_registry/verify/verdict.h"

namespace testing_util {

enum class JudgeTransport { kSim, kSockets };

// What a client has to do: sync `org` into `file` over `driver`.
struct ClientTask {
  connector::Driver& driver;
  std::string org;
  connector::Secret token;
  std::string file;
  std::uint64_t seed = 0;
  bool record_team_errors = false;
};
using Client = std::function<absl::Status(const ClientTask&)>;

// npm-connector, whole.
absl::Status NpmConnector(const ClientTask& task);
// The same with other limits and retries; the seed is the task's.
absl::Status NpmConnectorWith(const ClientTask& task, const connector::FetchOptions& fetch);

struct JudgedRun {
  mock_registry::Verdict verdict;
  std::vector<std::string> journal;
  absl::Duration duration;  // virtual
  absl::Status status;      // the client's
  std::string graph;        // the digest of what it published, "" if nothing

  std::string JournalDigest() const;
};

// `file` is where the client writes; what is there is removed before and after. An error is the machine's, not the
// client's.
absl::StatusOr<JudgedRun> Judge(const mock_registry::Scenario& scenario, JudgeTransport transport, const Client& client,
                                const std::string& file);

}  // namespace testing_util
