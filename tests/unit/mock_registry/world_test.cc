#include "mock_registry/world.h"

#include <gmock/gmock.h>

#include "mock_registry/scenario/loader.h"

namespace mock_registry {
namespace {

using connector::HttpRequest;
using connector::Instant;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

HttpRequest Get(const std::string& target) {
  HttpRequest request;
  request.target = target;
  request.headers = {{"Authorization", std::string("Bearer ") + kDefaultToken}};
  return request;
}

Scenario Load(const std::string& keys) { return *ParseScenario(R"({ "version": 1, )" + keys + "}", "test"); }

std::vector<std::string> Missed(const Verdict& verdict) {
  std::vector<std::string> expectations;
  for (const Miss& miss : verdict.misses) expectations.push_back(miss.expectation);
  return expectations;
}

TEST(GlobTest, StarsAndQuestionMarks) {
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("org.*", "org.members"));
  EXPECT_TRUE(MatchesGlob("*a?c*", "xxabcxx"));
  EXPECT_TRUE(MatchesGlob("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(MatchesGlob("a*b*c", "a-b-b-"));
  EXPECT_FALSE(MatchesGlob("", "a"));
}

TEST(JournalTest, KeepsTheNewestAndCountsAll) {
  Journal journal;
  for (std::uint64_t i = 1; i <= Journal::kRecords + 10; ++i) {
    Record& record = journal.Begin();
    EXPECT_EQ(record.ToJson(), Record().ToJson());  // nothing is left of the one that it takes the place of
    record.number = i;
    record.operation = "ping";
    record.target = std::string(i % 2 == 0 ? 3 : 3000, 't');
    record.rule = "r";
    record.draw = 0.5;
    journal.Write();
    EXPECT_EQ(journal[journal.size() - 1].number, i);
  }
  EXPECT_EQ(journal.size(), Journal::kRecords);
  EXPECT_EQ(journal[0].number, 11u);
  EXPECT_EQ(journal[0].target.size(), Journal::kLongestTarget);
  EXPECT_EQ(journal[1].target, "ttt");
  EXPECT_EQ(journal.total(), Journal::kRecords + 10);
}

TEST(WorldTest, TheTokenIsNotInTheJournal) {
  World world(Load(R"("name": "n")"));
  std::string lines;
  world.journal().SetListener([&](const std::string& line) { lines += line; });
  HttpRequest request = Get("/-/org/acme/user");
  world.Handle(request, Instant());
  EXPECT_THAT(lines, HasSubstr("\"token\":\"default\""));
  EXPECT_THAT(lines, ::testing::Not(HasSubstr(kDefaultToken)));
}

TEST(WorldTest, ALimitRefillsOnTheRegistrysClock) {
  World world(Load(R"("limits": [ { "id": "b", "bucket": { "capacity": 2, "refill": "1/m" } } ])"));
  std::vector<int> statuses;
  std::string retry_after;
  for (const int second : {0, 0, 10, 61, 62}) {
    const Reply reply = world.Handle(Get("/-/whoami"), Instant(absl::Seconds(second)));
    statuses.push_back(reply.response.status);
    if (second == 10) retry_after = connector::FindHeader(reply.response.headers, "retry-after").value_or("");
  }
  EXPECT_THAT(statuses, ElementsAre(200, 200, 429, 200, 429));
  EXPECT_EQ(retry_after, "50");
}

TEST(WorldTest, TheFirstRuleThatFiresDecides) {
  World world(Load(R"("faults": [
    { "id": "second", "often": { "every": 2, "max": 1 }, "then": { "status": 500 } },
    { "id": "web", "when": { "team": "we*" }, "then": { "status": 502 } } ])"));
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i)
    statuses.push_back(world.Handle(Get("/-/team/acme/web/user"), Instant(absl::Seconds(i))).response.status);
  EXPECT_THAT(statuses, ElementsAre(502, 500, 502, 502));
}

TEST(WorldTest, CriteriaOverTimeHeadersAndQueries) {
  World world(Load(R"("faults": [ { "id": "f", "then": { "status": 500 },
    "when": { "between": ["10s", "20s"], "header": { "x-kind": ["a", "b*"] }, "query": { "page": "2" } } } ])"));
  const auto status = [&](int second, const std::string& kind, const std::string& target) {
    HttpRequest request = Get(target);
    request.headers.emplace_back("X-Kind", kind);
    return world.Handle(request, Instant(absl::Seconds(second))).response.status;
  };
  EXPECT_EQ(status(9, "a", "/-/whoami?page=2"), 200);
  EXPECT_EQ(status(10, "a", "/-/whoami?page=2"), 500);
  EXPECT_EQ(status(11, "c", "/-/whoami?page=2"), 200);
  EXPECT_EQ(status(12, "bb", "/-/whoami?x=1&page=%32"), 500);
  EXPECT_EQ(status(13, "bb", "/-/whoami?page=3"), 200);
  EXPECT_EQ(status(20, "a", "/-/whoami?page=2"), 200);
}

TEST(WorldTest, APauseIsForWhatComesAfterItsReply) {
  const std::string keys = R"("network": { "latency": "1s" }, "faults": [ { "id": "f", "when": { "request": 1 },
    "then": { "status": 429, "retryAfter": "10s" } } ])";
  World patient(Load(keys));
  patient.Handle(Get("/-/whoami"), Instant());
  patient.Handle(Get("/-/org/acme/user"), Instant(absl::Milliseconds(500)));  // under way already
  patient.Handle(Get("/-/whoami"), Instant(absl::Seconds(11)));
  EXPECT_THAT(Missed(patient.Judge(nullptr)), ElementsAre());
  World hasty(Load(keys));
  hasty.Handle(Get("/-/whoami"), Instant());
  hasty.Handle(Get("/-/org/acme/user"), Instant(absl::Seconds(10)));
  EXPECT_THAT(Missed(hasty.Judge(nullptr)), ElementsAre("expect.conduct.obeysRetryAfter"));
}

TEST(WorldTest, WhatNeverHappenedIsAMiss) {
  World world(Load(R"("faults": [ { "id": "f", "when": { "op": "ping" }, "then": { "status": 500 } } ],
    "timeline": [ { "at": { "sent": "ping#1" }, "do": { "removeMember": "bob" } } ])"));
  world.Handle(Get("/-/no/such"), Instant());
  EXPECT_THAT(Missed(world.Judge(nullptr)), ElementsAre("expect.rules.f", "timeline[0]", "operations"));
}

TEST(WorldTest, AnonymousRequestsGetWhatTheScenarioSays) {
  for (const auto& [word, status] : {std::pair("401", 401), {"403", 403}, {"404", 404}, {"empty", 200}}) {
    World world(Load(fmt::format(R"("auth": {{ "anonymous": "{}" }})", word)));
    HttpRequest request;
    request.target = "/-/org/acme/user";
    EXPECT_EQ(world.Handle(request, Instant()).response.status, status);
  }
}

TEST(ComposeTest, ChildrenMergeAndCellsAreNamed) {
  const auto scenarios = ParseScenarios(
      R"({ "version": 1, "matrix": { "op": ["ping", "whoami"], "then": [ { "status": 500 }, { "reset": {} } ] },
    "name": "about ${op}", "faults": [ { "id": "f", "when": { "op": "${op}" }, "then": "${then}" } ] })",
      "m.json");
  ASSERT_TRUE(scenarios.ok()) << scenarios.status();
  std::vector<std::string> cells;
  for (const Scenario& scenario : *scenarios) cells.push_back(scenario.cell);
  EXPECT_THAT(cells, ElementsAre("op=ping,then=status:500", "op=ping,then=reset", "op=whoami,then=status:500",
                                 "op=whoami,then=reset"));
  EXPECT_EQ(scenarios->at(3).name, "about whoami");
  EXPECT_EQ(scenarios->at(3).faults.at(0).then.kind, Effect::Kind::kReset);
}

}  // namespace
}  // namespace mock_registry
