#include "tests/judge/judge.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "connector/access/digest.h"
#include "connector/cli/run.h"
#include "connector/core/sha256.h"
#include "connector/store/c1z_reader.h"
#include "connector/store/container.h"
#include "mock_registry/transport/sim_driver.h"
#include "mock_registry/world.h"
#include "tests/judge/socket_exchange.h"
#include "tests/testing/temp_folder.h"

namespace testing_util {
namespace {

using connector::HttpRequest;
using connector::Instant;
using mock_registry::ClientResult;
using mock_registry::SimDriver;
using mock_registry::World;

void RemoveFiles(const std::string& file) {
  for (const char* suffix : {"", ".work", ".work.db"}) std::filesystem::remove(file + suffix);
}

class LoggingObserver final : public connector::SyncObserver {
 public:
  void OnProgress(std::size_t, std::size_t) override {}
  void OnWarning(const std::string& warning) override { spdlog::warn("{}", warning); }
};

// Takes what is logged, at every level, while it lives.
class LogCapture {
 public:
  LogCapture() {
    auto logger = std::make_shared<spdlog::logger>("judge", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
    logger->set_level(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  std::string text() const { return text_.str(); }

 private:
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream text_;
};

// Where one of the tokens stands in what a run has left behind; "" if nowhere.
std::string LeakOf(const mock_registry::Scenario& scenario, const std::string& file, const absl::Status& status,
                   const std::string& log, const std::vector<std::string>& journal) {
  const std::pair<std::string, std::string> places[] = {
      {"the error", std::string(status.message())},
      {"the log", log},
      {"the journal", fmt::format("{}", fmt::join(journal, "\n"))},
      {"the file", connector::UnpackDatabase(file, {}).value_or("")},
      {"the work file", std::filesystem::exists(file + ".work") ? ReadBytes(file + ".work") : ""}};
  for (const mock_registry::Token& token : scenario.tokens) {
    for (const auto& [place, text] : places) {
      if (text.find(token.value) != std::string::npos) return fmt::format("the token {} is in {}", token.id, place);
    }
  }
  return "";
}

void ReadResult(const std::string& file, ClientResult& result) {
  if (!result.status.ok()) {
    if (!std::filesystem::exists(file)) return;
    absl::StatusOr<connector::C1zFile> left = connector::C1zFile::Open(file);
    result.incomplete = left.ok() && left->runs().size() == 1 && left->runs().front().IsFinishedPartial();
    if (!result.incomplete) {
      result.partial_publish = "after an error the client left a file";
    } else if (absl::StatusOr<connector::FinishedSync> sync = left->Read(left->runs().front()); sync.ok()) {
      result.graph = std::move(sync->graph);
    }
    return;
  }
  absl::StatusOr<connector::FinishedSync> sync = connector::ReadLatestSync(file);
  if (sync.ok()) {
    result.graph = std::move(sync->graph);
  } else {
    result.status = connector::Annotate(sync.status(), "the client succeeded, but its file is no good");
  }
}

}  // namespace

absl::Status NpmConnector(const ClientTask& task) { return NpmConnectorWith(task, {}); }

absl::Status NpmConnectorWith(const ClientTask& task, const connector::FetchOptions& fetch) {
  ASSIGN_OR_RETURN(const connector::OrgName org, connector::OrgName::Parse(task.org));
  connector::SyncCommand command{org, task.token, connector::Origin{true, "registry.test", 443, ""}, task.file, ""};
  command.record_team_errors = task.record_team_errors;
  connector::RunSettings settings;
  settings.fetch = fetch;
  settings.fetch.seed = task.seed;
  LoggingObserver observer;
  return connector::RunSync(command, task.driver, observer, settings);
}

std::string JudgedRun::JournalDigest() const {
  connector::Sha256 hash;
  for (const std::string& line : journal) {
    hash.Add(line);
    hash.Add("\n");
  }
  return connector::ToHex(hash.Finish());
}

absl::StatusOr<JudgedRun> Judge(const mock_registry::Scenario& scenario, JudgeTransport transport, const Client& client,
                                const std::string& file) {
  if (scenario.orgs.empty() || scenario.tokens.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: a client needs an organization to sync and a token; the file has none", scenario.file));
  }
  RemoveFiles(file);
  World world(scenario);
  JudgedRun run;
  world.journal().SetListener([&](const std::string& line) { run.journal.push_back(line); });
  const auto handler = [&world](const HttpRequest& request, Instant now) { return world.Handle(request, now); };
  mock_registry::SimOptions options;
  options.token = connector::Secret(scenario.tokens.front().value);
  options.start = scenario.clock.start;
  options.latency = absl::ZeroDuration();
  std::unique_ptr<SocketExchange> sockets;
  std::unique_ptr<SimDriver> driver;
  if (transport == JudgeTransport::kSim) {
    driver = std::make_unique<SimDriver>(mock_registry::Handler(handler), options);
  } else {
    ASSIGN_OR_RETURN(sockets, SocketExchange::Start(handler, options.token));
    driver = std::make_unique<SimDriver>(mock_registry::Exchange([&sockets](const HttpRequest& request, Instant now) {
                                           return sockets->Send(request, now);
                                         }),
                                         options);
  }
  const LogCapture log;
  ClientResult result;
  result.status = client({*driver, scenario.orgs.front().name, options.token, file, scenario.seed,
                          scenario.expect.outcome == mock_registry::Outcome::kIncomplete});
  result.duration = run.duration = driver->Now().since_start();
  result.in_flight = driver->in_flight_peak();
  ReadResult(file, result);
  const std::string leak = LeakOf(scenario, file, result.status, log.text(), run.journal);
  RemoveFiles(file);
  run.status = result.status;
  if (result.graph) run.graph = connector::GraphDigest(*result.graph);
  run.verdict = world.Judge(&result);
  for (const std::string& line : run.journal) {
    if (line.find(R"("method":"GET")") == std::string::npos) run.verdict.misses.push_back({"reads only", line});
  }
  if (!leak.empty()) run.verdict.misses.push_back({"secrets", leak});
  return run;
}

}  // namespace testing_util
