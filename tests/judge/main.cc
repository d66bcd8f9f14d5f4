// contract-test: npm-connector against scenario files.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "mock_registry/scenario/loader.h"
#include "tests/judge/coverage.h"
#include "tests/judge/judge.h"

namespace testing_util {
namespace {

using mock_registry::Scenario;

struct Command {
  std::vector<std::string> paths;
  std::optional<std::uint64_t> seed;
  std::uint64_t seeds = 1;
  std::string transport = "sim";
  std::string cell;
  std::string filter;
  std::string journal;
  std::string junit;
  bool check_determinism = false;
  bool coverage = false;
  bool digest = false;
  bool list_ctest = false;
  bool slow = false;
};

bool IsSlow(const Scenario& scenario) {
  return std::find(scenario.tags.begin(), scenario.tags.end(), "slow") != scenario.tags.end();
}

struct Case {
  Scenario scenario;
  std::string title;  // what --filter looks into: file, cell, name, tags
};

std::string Escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

absl::StatusOr<std::vector<std::string>> FindFiles(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.path().string().ends_with(".scenario.json")) found.push_back(entry.path().string());
    }
    if (found.empty()) return absl::NotFoundError(fmt::format("no *.scenario.json under {}", path));
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

absl::StatusOr<std::vector<Case>> FindCases(const Command& command) {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, FindFiles(command.paths));
  std::vector<Case> cases;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(std::vector<Scenario> scenarios, mock_registry::LoadScenarios(file));
    for (Scenario& scenario : scenarios) {
      if (!command.cell.empty() && scenario.cell != command.cell) continue;
      const std::string title =
          fmt::format("{} {} {} {}", file, scenario.cell, scenario.name, fmt::join(scenario.tags, " "));
      if (title.find(command.filter) == std::string::npos) continue;
      const bool named = std::find(command.paths.begin(), command.paths.end(), file) != command.paths.end();
      if (IsSlow(scenario) && !named && !command.slow && !command.list_ctest) continue;
      if (command.seed) scenario.seed = *command.seed;
      cases.push_back({std::move(scenario), title});
    }
  }
  if (cases.empty()) return absl::NotFoundError("no scenario is left after --filter and --cell");
  return cases;
}

// What ctest runs, as CMake code: a case a scenario and transport.
void ListForCtest(const std::vector<Case>& cases, const std::string& root, const std::string& program) {
  for (const Case& each : cases) {
    const std::string& file = each.scenario.file;
    const bool slow = IsSlow(each.scenario);  // takes minutes: once is enough
    std::string name = std::filesystem::relative(file, root).string();
    name.resize(name.size() - std::string(".scenario.json").size());
    if (!each.scenario.cell.empty()) name += fmt::format("[{}]", each.scenario.cell);
    for (const char* transport : {"sim", "sockets"}) {
      const bool sim = std::string_view(transport) == "sim";
      fmt::print("add_test([==[scenario.{}.{}]==] [==[{}]==] [==[{}]==] --transport {}{}{})\n", name, transport,
                 program, file, transport,
                 each.scenario.cell.empty() ? "" : fmt::format(" --cell [==[{}]==]", each.scenario.cell),
                 slow  ? ""
                 : sim ? " --seeds 3 --check-determinism"
                       : " --check-determinism");
      fmt::print("set_tests_properties([==[scenario.{}.{}]==] PROPERTIES {})\n", name, transport,
                 slow ? "LABELS slow TIMEOUT 600 RUN_SERIAL TRUE" : "LABELS scenario TIMEOUT 120");
    }
  }
}

std::string Replay(const Scenario& scenario, const std::string& transport) {
  return fmt::format("contract-test {}{} --seed {} --transport {}", scenario.file,
                     scenario.cell.empty() ? "" : fmt::format(" --cell '{}'", scenario.cell), scenario.seed, transport);
}

std::string Name(const Scenario& scenario) {
  const std::string name = scenario.name.empty() ? scenario.file : scenario.name;
  return scenario.cell.empty() ? name : fmt::format("{} [{}]", name, scenario.cell);
}

class Session {
 public:
  explicit Session(const Command& command) : command_(command) {}

  absl::StatusOr<bool> Run() {
    ASSIGN_OR_RETURN(const std::vector<Case> cases, FindCases(command_));
    if (command_.list_ctest) {
      ListForCtest(cases, command_.paths.front(), std::filesystem::read_symlink("/proc/self/exe"));
      return true;
    }
    if (!command_.journal.empty()) {
      journal_.open(command_.journal);
      if (!journal_) return absl::InvalidArgumentError(fmt::format("cannot write {}", command_.journal));
    }
    std::string folder = std::filesystem::temp_directory_path() / "contract-test-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) return absl::InternalError(fmt::format("cannot make {}", folder));
    absl::Status status;
    for (const Case& each : cases) {
      status = RunCase(each.scenario, folder + "/sync.c1z");
      if (!status.ok()) break;
    }
    std::filesystem::remove_all(folder);
    RETURN_IF_ERROR(status);
    fmt::print("{} runs, {} failed\n", runs_, failed_);
    if (!command_.junit.empty()) RETURN_IF_ERROR(WriteJunit());
    return ReportCoverage() && failed_ == 0;
  }

 private:
  absl::Status RunCase(Scenario scenario, const std::string& file) {
    const std::uint64_t first = scenario.seed;
    std::uint64_t requests = 0;
    absl::Duration duration;
    for (scenario.seed = first; scenario.seed < first + command_.seeds; ++scenario.seed) {
      ASSIGN_OR_RETURN(JudgedRun run, RunOnce(scenario, file));
      ++runs_;
      requests += run.journal.size();
      duration += run.duration;
      coverage_.Add(scenario, run);
      for (const std::string& line : run.journal) journal_ << line << '\n';
      if (command_.digest) fmt::print("{} {}\n", run.JournalDigest(), Name(scenario));
      std::string report;
      if (!run.verdict.ok()) {
        ++failed_;
        report = run.verdict.Report(Name(scenario), scenario.seed, Replay(scenario, command_.transport));
        std::fputs(report.c_str(), stdout);
      }
      junit_ += fmt::format("  <testcase classname=\"{}\" name=\"{} seed {}\">{}</testcase>\n", Escape(scenario.file),
                            Escape(Name(scenario)), scenario.seed,
                            report.empty() ? "" : fmt::format("<failure>{}</failure>", Escape(report)));
    }
    fmt::print("{}: {} requests in {} of virtual time\n", Name(scenario), requests, connector::ToString(duration));
    return absl::OkStatus();
  }

  absl::StatusOr<JudgedRun> RunOnce(const Scenario& scenario, const std::string& file) const {
    const JudgeTransport transport = command_.transport == "sim" ? JudgeTransport::kSim : JudgeTransport::kSockets;
    ASSIGN_OR_RETURN(JudgedRun run, Judge(scenario, transport, NpmConnector, file));
    if (!command_.check_determinism) return run;
    ASSIGN_OR_RETURN(const JudgedRun again, Judge(scenario, JudgeTransport::kSim, NpmConnector, file));
    const auto [one, other] =
        std::mismatch(run.journal.begin(), run.journal.end(), again.journal.begin(), again.journal.end());
    if (one != run.journal.end() || other != again.journal.end()) {
      run.verdict.misses.push_back(
          {"determinism",
           fmt::format("two runs differ at record {}\n{}\n{}", one - run.journal.begin() + 1,
                       one == run.journal.end() ? "(none)" : *one, other == again.journal.end() ? "(none)" : *other)});
    }
    if (run.status.code() != again.status.code() || run.graph != again.graph) {
      run.verdict.misses.push_back(
          {"determinism", fmt::format("two runs ended differently\n{} {}\n{} {}", connector::Message(run.status),
                                      run.graph, connector::Message(again.status), again.graph)});
    }
    return run;
  }

  // False if it is asked for and something is missing.
  bool ReportCoverage() const {
    if (!command_.coverage) return true;
    fmt::print("\n{}", coverage_.Report());
    const std::vector<std::string> missing = coverage_.Missing();
    if (!missing.empty()) fmt::print("FAILED coverage\n  no run delivered: {}\n", fmt::join(missing, ", "));
    return missing.empty();
  }

  absl::Status WriteJunit() const {
    std::ofstream file(command_.junit);
    file << fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"contract-test\" tests=\"{}\" "
        "failures=\"{}\">\n{}</testsuite>\n",
        runs_, failed_, junit_);
    file.close();
    return file ? absl::OkStatus() : absl::InternalError(fmt::format("cannot write {}", command_.junit));
  }

  const Command& command_;
  std::ofstream journal_;
  Coverage coverage_;
  std::string junit_;
  std::uint64_t runs_ = 0;
  std::uint64_t failed_ = 0;
};

int Main(int argc, char** argv) {
  CLI::App app(
      "Runs npm-connector against scenarios and judges it. See docs/scenarios.md.\nExits with 0 if all expectations "
      "were met, 1 if not, another code if it could not run.",
      "contract-test");
  Command command;
  app.add_option("PATH", command.paths, "Scenario files, or folders to search for *.scenario.json")
      ->required()
      ->type_name("");
  app.add_option("--seed", command.seed, "Seed instead of the scenario's")->type_name("N");
  app.add_option("--seeds", command.seeds, "Run each scenario with so many seeds, counting up [1]")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  app.add_option("--transport", command.transport, "sim or sockets; the clock is virtual on both [sim]")
      ->check(CLI::IsMember({"sim", "sockets"}))
      ->type_name("T");
  app.add_option("--filter", command.filter, "Only scenarios with this text in file, cell, name or tags")
      ->type_name("TEXT");
  app.add_option("--cell", command.cell, "Only this cell of a matrix, such as op=org.members")->type_name("CELL");
  app.add_option("--journal", command.journal, "Write every request as a line of JSON")->type_name("FILE");
  app.add_option("--junit", command.junit, "Write the results as JUnit XML")->type_name("FILE");
  app.add_flag("--check-determinism", command.check_determinism,
               "Run each twice, the second time in simulation, and compare the journals");
  app.add_flag("--coverage", command.coverage,
               "Print which operations met which troubles, and how those runs ended; fail if one was never met");
  app.add_flag("--digest", command.digest, "Print the SHA-256 of each run's journal");
  app.add_flag("--slow", command.slow, "Also run what is found in folders and tagged slow");
  app.add_flag("--list-ctest", command.list_ctest, "Print the cases as CMake code, run nothing");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return static_cast<int>(absl::StatusCode::kInvalidArgument);
  }
  const absl::StatusOr<bool> passed = Session(command).Run();
  if (!passed.ok()) {
    std::fprintf(stderr, "%s\n", std::string(connector::Message(passed.status())).c_str());
    return static_cast<int>(passed.status().code());
  }
  return *passed ? 0 : 1;
}

}  // namespace
}  // namespace testing_util

int main(int argc, char** argv) { return testing_util::Main(argc, argv); }
