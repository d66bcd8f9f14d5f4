// Runs are the same everywhere: with every compiler, on both transports, twice.
#include "tests/judge/judge.h"

#include <gmock/gmock.h>

#include "mock_registry/scenario/loader.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace {

using testing_util::IsOk;
using testing_util::Judge;
using testing_util::JudgeTransport;
using testing_util::NpmConnector;

constexpr const char* kEverything = R"({
  "version": 1, "name": "everything at once", "seed": 42,
  "network": { "latency": { "dist": "lognormal", "median": "40ms", "p99": "300ms" } },
  "orgs": { "acme": { "members": { "alice": "owner", "bob": "developer" },
    "teams": { "developers": "all", "a": ["alice"], "b": ["bob"], "c": [], "d": ["alice"], "e": ["bob"], "f": ["alice"] } } },
  "limits": [ { "id": "bucket", "bucket": { "capacity": 5, "refill": "2/s" } } ],
  "faults": [
    { "id": "reset", "often": { "probability": "10%" }, "then": { "reset": { "afterBytes": 30 } } },
    { "id": "garbage", "often": { "probability": "5%" }, "then": { "garbage": { "bytes": 64 } } },
    { "id": "slow", "often": { "every": 5 }, "then": { "delay": "3s" } } ],
  "timeline": [ { "at": { "request": 4 }, "do": { "addMember": { "carol": "admin" } } } ],
  "expect": { "rules": { "reset": "any", "garbage": "any", "bucket": "any" }, "snapshot": "any-consistent" } })";

// g++ and clang, -O0 and -O2, give this number; a change that means to change runs changes it.
constexpr const char* kDigest = "0f5089fda363c8f20ccce1e16ba075f41a1761563b35ad51dc58b2fd0284f3ff";

TEST(JudgeTest, TheSameJournalOnBothTransportsAndEveryCompiler) {
  const testing_util::TempFolder folder;
  const auto scenario = mock_registry::ParseScenario(kEverything, "everything");
  ASSERT_THAT(scenario, IsOk());
  for (const JudgeTransport transport : {JudgeTransport::kSim, JudgeTransport::kSockets}) {
    const auto run = Judge(*scenario, transport, NpmConnector, folder.File("sync.c1z"));
    ASSERT_THAT(run, IsOk());
    EXPECT_TRUE(run->verdict.ok()) << run->verdict.Report("", 42, "");
    EXPECT_EQ(run->JournalDigest(), kDigest);
  }
}

TEST(JudgeTest, AnHourOfThrottlingTakesNoTime) {
  const testing_util::TempFolder folder;
  const auto scenario = mock_registry::ParseScenario(R"({ "version": 1,
    "faults": [ { "id": "wait", "when": { "op": "org.teams", "attempt": { "upTo": 5 } }, "then": { "status": 429, "retryAfter": "11m" } } ],
    "expect": { "rules": { "wait": 5 }, "virtualTime": { "min": "55m", "max": "1h" } } })",
                                                     "throttled");
  ASSERT_THAT(scenario, IsOk());
  const auto run = Judge(*scenario, JudgeTransport::kSim, NpmConnector, folder.File("sync.c1z"));
  ASSERT_THAT(run, IsOk());
  EXPECT_TRUE(run->verdict.ok()) << run->verdict.Report("", 1, "");
  EXPECT_GE(run->duration, absl::Minutes(55));
}

TEST(JudgeTest, AnotherRuleDoesNotShiftTheDrawsOfTheFirst) {
  const testing_util::TempFolder folder;
  const std::string first = R"({ "id": "a", "often": { "probability": "30%" }, "then": { "delay": "1s" } })";
  const std::string second = R"(, { "id": "b", "often": { "probability": "30%" }, "then": { "delay": "2s" } })";
  std::vector<std::string> hits;
  for (const std::string& rules : {first, first + second}) {
    const auto scenario = mock_registry::ParseScenario(
        R"({ "version": 1, "faults": [)" + rules + R"(], "expect": { "rules": { "a": "any" } } })", "draws");
    ASSERT_THAT(scenario, IsOk());
    const auto run = Judge(*scenario, JudgeTransport::kSim, NpmConnector, folder.File("sync.c1z"));
    ASSERT_THAT(run, IsOk());
    std::string hit;
    for (const std::string& line : run->journal) hit += line.find("\"rule\":\"a\"") == std::string::npos ? '-' : 'a';
    hits.push_back(hit);
  }
  EXPECT_EQ(hits[0], hits[1]);
}

std::string ReadDocument(const std::string& name) {
  return testing_util::ReadBytes(std::string(SCENARIO_FOLDER) + "/../" + name);
}

std::vector<std::string> JsonBlocks(const std::string& document) {
  const std::string text = ReadDocument(document);
  const std::string open = "```json\n";
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    blocks.push_back(text.substr(at, text.find("\n```", at) - at));
  }
  return blocks;
}

TEST(DocsTest, EveryScenarioShownRunsAsItSays) {
  const testing_util::TempFolder folder;
  for (const char* document : {"docs/scenarios.md", "README.md"}) {
    const std::vector<std::string> blocks = JsonBlocks(document);
    EXPECT_FALSE(blocks.empty()) << document;
    for (const std::string& block : blocks) {
      const auto scenarios = mock_registry::ParseScenarios(block, document);
      ASSERT_THAT(scenarios, IsOk()) << block;
      for (const mock_registry::Scenario& scenario : *scenarios) {
        for (const JudgeTransport transport : {JudgeTransport::kSim, JudgeTransport::kSockets}) {
          const auto run = Judge(scenario, transport, NpmConnector, folder.File("sync.c1z"));
          ASSERT_THAT(run, IsOk());
          EXPECT_TRUE(run->verdict.ok()) << run->verdict.Report(block, scenario.seed, "");
        }
      }
    }
  }
}

TEST(DocsTest, TheReportShownIsReal) {
  const testing_util::TempFolder folder;
  const auto scenario = mock_registry::ParseScenario(R"({ "version": 1, "name": "the team list flaps", "seed": 42,
    "faults": [ { "id": "flap", "when": { "op": "org.teams", "attempt": 2 }, "then": { "status": 503 } } ] })",
                                                     "scenarios/flap.scenario.json");
  ASSERT_THAT(scenario, IsOk());
  const auto run = Judge(*scenario, JudgeTransport::kSim, NpmConnector, folder.File("sync.c1z"));
  ASSERT_THAT(run, IsOk());
  const std::string report =
      run->verdict.Report(scenario->name, 42, "contract-test scenarios/flap.scenario.json --seed 42 --transport sim");
  EXPECT_NE(ReadDocument("docs/scenarios.md").find(report), std::string::npos) << report;
}

}  // namespace
