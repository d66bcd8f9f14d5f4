// mock-registry: serves a scenario file over HTTP, checks it, and says what is so in it.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "mock_registry/scenario/loader.h"
#include "mock_registry/transport/http_server.h"
#include "mock_registry/verify/ground_truth.h"
#include "mock_registry/world.h"

namespace mock_registry {
namespace {

struct ServeCommand {
  std::string file;
  std::string cell;
  ServerOptions server;
  std::string journal;
  std::string until_idle;
  bool verify = false;
};

struct TruthCommand {
  std::string file;
  std::string cell;
  std::string org;
  std::string user;
};

constexpr int kExpectationsMissed = 1;
// Of a client whose clock is not ours.
constexpr absl::Duration kGrace = absl::Milliseconds(250);

// Blocks SIGTERM and SIGINT in this thread and those it starts, so that sigwait() gets them.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Waits for a stop signal, or until no request has come for `idle` since the latest.
void AwaitEnd(const sigset_t& stop_signals, absl::Duration idle, const std::atomic<std::int64_t>& latest_request) {
  constexpr timespec kTick{0, 20'000'000};
  while (true) {
    if (idle == absl::InfiniteDuration()) {
      int signal = 0;
      sigwait(&stop_signals, &signal);
      return;
    }
    if (sigtimedwait(&stop_signals, nullptr, &kTick) > 0) return;
    const std::int64_t latest = latest_request.load();
    if (latest != 0 && absl::GetCurrentTimeNanos() - latest > absl::ToInt64Nanoseconds(idle)) return;
  }
}

absl::StatusOr<int> Serve(const ServeCommand& command) {
  const sigset_t stop_signals = BlockStopSignals();
  ASSIGN_OR_RETURN(Scenario scenario, LoadScenario(command.file, command.cell));
  if (scenario.clock.mode == ClockMode::kVirtual) {
    return absl::InvalidArgumentError(fmt::format(
        "{}: clock.mode is \"virtual\", but a client of its own waits on its own clock. Serve it as \"real\" "
        "or \"scaled\"",
        command.file));
  }
  absl::Duration idle = absl::InfiniteDuration();
  if (!command.until_idle.empty() &&
      (!absl::ParseDuration(command.until_idle, &idle) || idle <= absl::ZeroDuration())) {
    return absl::InvalidArgumentError(
        fmt::format("--until-idle: expected a duration such as 2s, found {}", command.until_idle));
  }
  const double scale = scenario.clock.mode == ClockMode::kScaled ? scenario.clock.scale : 1;
  World world(std::move(scenario), kGrace * scale);
  std::ofstream journal;
  if (!command.journal.empty()) {
    journal.open(command.journal);
    if (!journal) return absl::InvalidArgumentError(fmt::format("--journal: cannot write {}", command.journal));
    world.journal().SetListener([&](const std::string& line) { journal << line << std::endl; });
  }
  std::atomic<std::int64_t> latest_request = 0;
  const Handler handler = [&](const connector::HttpRequest& request, connector::Instant now) {
    latest_request = absl::GetCurrentTimeNanos();
    Reply reply = world.Handle(request, connector::Instant(now.since_start() * scale));
    reply.delay /= scale;
    return reply;
  };
  ServerOptions options = command.server;
  options.requests_per_connection = world.scenario().requests_per_connection;
  ASSIGN_OR_RETURN(std::unique_ptr<HttpServer> server, HttpServer::Start(handler, options));
  std::printf("%s\n", server->base_url().c_str());
  std::fflush(stdout);
  AwaitEnd(stop_signals, idle, latest_request);
  server.reset();
  if (!command.verify) return 0;
  const Verdict verdict = world.Judge(nullptr);
  if (verdict.ok()) {
    std::fprintf(stderr, "%s: all expectations were met in %llu requests\n", command.file.c_str(),
                 static_cast<unsigned long long>(world.journal().total()));
    return 0;
  }
  const std::string replay = fmt::format("mock-registry serve {} --verify", command.file);
  std::fputs(verdict.Report(command.file, world.scenario().seed, replay).c_str(), stderr);
  return kExpectationsMissed;
}

absl::StatusOr<int> Check(const std::vector<std::string>& files) {
  absl::StatusCode worst = absl::StatusCode::kOk;
  for (const std::string& file : files) {
    const absl::StatusOr<std::vector<Scenario>> scenarios = LoadScenarios(file);
    if (scenarios.ok()) {
      std::printf("%s: ok, %zu scenario%s\n", file.c_str(), scenarios->size(), scenarios->size() == 1 ? "" : "s");
    } else {
      std::fprintf(stderr, "%s\n", std::string(connector::Message(scenarios.status())).c_str());
      worst = scenarios.status().code();
    }
  }
  return static_cast<int>(worst);
}

using Json = nlohmann::ordered_json;

Json TruthAbout(const Org& org) {
  const Census census = CensusOf(org);
  Json json;
  json["organization"] = org.name;
  json["members"] = census.members;
  json["roles"] = census.roles;
  json["teams"] = census.teams;
  json["memberships"] = census.memberships;
  json["packages"] = census.packages;
  json["grants"] = census.grants();
  json["digest"] = DigestOf(org);
  return json;
}

absl::StatusOr<Json> TruthAbout(const Org& org, const std::string& user) {
  const auto member = org.members.Find(user);
  if (!member) return absl::NotFoundError(fmt::format("--user: {} is not a member of {}", user, org.name));
  Json json;
  json["user"] = user;
  json["role"] = org.members[*member].role;
  json["teams"] = TeamsOf(org, user);
  return json;
}

absl::StatusOr<int> Truth(const TruthCommand& command) {
  ASSIGN_OR_RETURN(const Scenario scenario, LoadScenario(command.file, command.cell));
  const auto org = std::find_if(scenario.orgs.begin(), scenario.orgs.end(),
                                [&](const Org& each) { return command.org.empty() || each.name == command.org; });
  if (org == scenario.orgs.end()) {
    return absl::NotFoundError(fmt::format("{} has no organization {}", command.file, command.org));
  }
  Json json;
  if (command.user.empty()) {
    json = TruthAbout(*org);
  } else {
    ASSIGN_OR_RETURN(json, TruthAbout(*org, command.user));
  }
  std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app("A mock npm registry, driven by a scenario file. See docs/scenarios.md.", "mock-registry");
  app.set_version_flag("-v,--version", std::string("mock-registry ") + MOCK_REGISTRY_VERSION);
  app.require_subcommand(1);
  ServeCommand serve;
  CLI::App* serve_app = app.add_subcommand(
      "serve", "Serve a scenario until SIGTERM or SIGINT. Prints the base URL on a line of its own when ready");
  serve_app->add_option("FILE", serve.file, "The scenario, a *.scenario.json")->required()->type_name("");
  serve_app->add_option("--port", serve.server.port, "Port; 0 takes a free one [0]")
      ->check(CLI::Range(0, 65535))
      ->type_name("N");
  serve_app->add_option("--host", serve.server.host, "Address to listen on [127.0.0.1]")->type_name("H");
  serve_app->add_option("--cell", serve.cell, "Which cell of the file's matrix, such as op=org.members")
      ->type_name("CELL");
  serve_app->add_option("--journal", serve.journal, "Write every request as a line of JSON")->type_name("FILE");
  serve_app->add_flag("--verify", serve.verify, "At the end judge the client; exit with 1 if expectations were missed");
  serve_app->add_option("--until-idle", serve.until_idle, "End once no request has come for so long, e.g. 2s")
      ->type_name("D");
  std::vector<std::string> checked;
  CLI::App* check_app = app.add_subcommand("check", "Check scenario files; prints all problems of all of them");
  check_app->add_option("FILE", checked, "Scenario files")->required()->type_name("");
  TruthCommand truth;
  CLI::App* truth_app = app.add_subcommand(
      "truth", "Print, as JSON, what is so in a scenario's organization at its start, from the model alone");
  truth_app->add_option("FILE", truth.file, "The scenario, a *.scenario.json")->required()->type_name("");
  truth_app->add_option("--cell", truth.cell, "Which cell of the file's matrix, such as op=org.members")
      ->type_name("CELL");
  truth_app->add_option("--org", truth.org, "Which organization [the first]")->type_name("NAME");
  truth_app->add_option("--user", truth.user, "Only this member: role and teams")->type_name("LOGIN");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return static_cast<int>(absl::StatusCode::kInvalidArgument);
  }
  const absl::StatusOr<int> code = check_app->parsed()   ? Check(checked)
                                   : truth_app->parsed() ? Truth(truth)
                                                         : Serve(serve);
  if (code.ok()) return *code;
  std::fprintf(stderr, "%s\n", std::string(connector::Message(code.status())).c_str());
  return static_cast<int>(code.status().code());
}

}  // namespace
}  // namespace mock_registry

int main(int argc, char** argv) { return mock_registry::Main(argc, argv); }
