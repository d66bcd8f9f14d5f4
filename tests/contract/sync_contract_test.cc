// The connector and the registry put together, over both transports.
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/sync_runner.h"
#include "tests/testing/temp_folder.h"

namespace {

using connector::HttpRequest;
using connector::Instant;
using mock_registry::Handler;
using mock_registry::Registry;
using mock_registry::Reply;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_util::IsOk;
using testing_util::ReadBytes;
using testing_util::StatusIs;
using testing_util::SyncRun;
using testing_util::TempFolder;
using testing_util::Transport;

mock_registry::Scenario Load(const std::string& text) { return *mock_registry::ParseScenario(text, "test"); }

// The registry, with the answers to one path changed.
Handler Changed(Registry& registry, const std::string& path, std::function<void(Reply&)> change) {
  return [&registry, path, change](const HttpRequest& request, Instant now) {
    Reply reply = registry.Handle(request, now);
    if (request.target.starts_with(path)) change(reply);
    return reply;
  };
}

std::function<void(Reply&)> Body(const std::string& body) {
  return [body](Reply& reply) { reply.response.body = body; };
}

class BothTransports : public ::testing::TestWithParam<Transport> {
 protected:
  SyncRun Run() const {
    SyncRun run;
    run.transport = GetParam();
    run.file = folder_.File("sync.c1z");
    return run;
  }

  TempFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Transports, BothTransports, ::testing::Values(Transport::kSim, Transport::kSockets),
                         [](const auto& test) { return testing_util::ToString(test.param); });

TEST_P(BothTransports, TheFileSaysWhatTheScenarioSays) {
  Registry registry(Load(R"({ "version": 1,
    "orgs": { "acme": { "members": { "zed": "developer", "ann": "owner", "Ben.O_ld": "admin" },
                        "teams": { "developers": "all", "web:2 /%": ["zed"], "empty": [] } } } })"));
  ASSERT_THAT(RunSync(Run(), testing_util::HandlerOf(registry)), IsOk());
  const auto sync = connector::ReadLatestSync(Run().file);
  ASSERT_THAT(sync, IsOk());
  EXPECT_EQ(sync->graph.organization, "acme");
  EXPECT_THAT(sync->graph.users, ElementsAre("Ben.O_ld", "ann", "zed"));
  EXPECT_THAT(sync->graph.teams, ElementsAre("developers", "empty", "web:2 /%"));
  std::vector<std::string> grants;
  for (const connector::Grant& grant : sync->graph.grants) grants.push_back(grant.Id());
  EXPECT_THAT(grants, ElementsAre("organization:acme:admin:user:Ben.O_ld", "organization:acme:owner:user:ann",
                                  "organization:acme:developer:user:zed", "team:developers:member:user:Ben.O_ld",
                                  "team:developers:member:user:ann", "team:developers:member:user:zed",
                                  "team:web:2 /%:member:user:zed"));
  EXPECT_THAT(folder_.Names(), ElementsAre("sync.c1z"));
}

// The first law: none of these may look like an organization, and the old file stays.
struct Doubt {
  const char* name;
  const char* path;
  std::function<void(Reply&)> change;
  absl::StatusCode code;
  const char* message;
};

TEST_P(BothTransports, ARosterThatLostTooManyLeavesTheOldFile) {
  Registry registry(Load(R"({ "version": 1 })"));
  ASSERT_THAT(RunSync(Run(), testing_util::HandlerOf(registry)), IsOk());
  const std::string before = ReadBytes(Run().file);
  registry.Change({mock_registry::Change::Kind::kRemoveMember, "bob"});
  registry.Change({mock_registry::Change::Kind::kRemoveMember, "carol"});
  EXPECT_THAT(
      RunSync(Run(), testing_util::HandlerOf(registry)),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("2 of the 3 members that acme had in the last sync "
                                                                "are not listed any more: bob, carol.")));
  EXPECT_EQ(ReadBytes(Run().file), before);
  registry.Change({mock_registry::Change::Kind::kAddMember, "bob", "admin"});
  EXPECT_THAT(RunSync(Run(), testing_util::HandlerOf(registry)), IsOk());
}

TEST_P(BothTransports, ATeamThatIsLeftOutMakesAPartialSyncBesideTheLastWholeOne) {
  constexpr const char* kOps = "/-/team/acme/ops/user";
  Registry registry(Load(R"({ "version": 1,
    "orgs": { "acme": { "members": { "ann": "owner", "bob": "developer" },
                        "teams": { "developers": "all", "ops": ["bob"] } } } })"));
  const auto refuse = [](Reply& reply) { reply.response.status = 403; };
  ASSERT_THAT(RunSync(Run(), testing_util::HandlerOf(registry)), IsOk());
  const std::string before = ReadBytes(Run().file);
  EXPECT_THAT(RunSync(Run(), Changed(registry, kOps, refuse)),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("ops")));
  EXPECT_EQ(ReadBytes(Run().file), before);

  SyncRun run = Run();
  run.record_team_errors = true;
  for (int i = 0; i < 4; ++i) {
    run.seed = static_cast<std::uint64_t>(i) + 2;
    EXPECT_THAT(
        RunSync(run, Changed(registry, kOps, refuse)),
        StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("is incomplete: 1 team could not be read (ops)")));
  }
  auto file = connector::C1zFile::Open(run.file);
  ASSERT_THAT(file, IsOk());
  ASSERT_EQ(file->runs().size(), 3u) << "the whole one, and as many partial ones as are kept";
  EXPECT_TRUE(file->runs()[0].IsFinishedPartial());
  const auto partial = file->Read(file->runs()[0]);
  ASSERT_THAT(partial, IsOk());
  EXPECT_THAT(partial->graph.teams, ElementsAre("developers"));
  EXPECT_EQ(partial->graph.grants.size(), 4u);
  const auto whole = file->Read(0);
  ASSERT_THAT(whole, IsOk());
  EXPECT_THAT(whole->graph.teams, ElementsAre("developers", "ops"));

  run.seed = 9;
  ASSERT_THAT(RunSync(run, testing_util::HandlerOf(registry)), IsOk());
  EXPECT_TRUE(connector::C1zFile::Open(run.file)->runs()[0].IsFinishedFull());
}

TEST_P(BothTransports, WhatCannotBeBelievedLeavesTheOldFile) {
  constexpr const char* kRoster = "/-/org/acme/user";
  constexpr const char* kTeamList = "/-/org/acme/team";
  constexpr const char* kTeam = "/-/team/acme/developers/user";
  constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
  constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
  const auto truncate = [](Reply& reply) { reply.fault.truncate_at = reply.response.body.size() / 2; };
  const Doubt doubts[] = {
      {"empty roster", kRoster, Body("{}"), kPrecondition, "no members"},
      {"roster without owner", kRoster, Body(R"({"bob":"admin"})"), kPrecondition, "no owner"},
      {"user account", kRoster, Body(R"({"acme":"owner"})"), kPrecondition, "user account"},
      {"roster is null", kRoster, Body("null"), kDataLoss, "null"},
      {"roster is HTML", kRoster, Body("<html></html>"), kDataLoss, "HTML"},
      {"roster is no text", kRoster, Body(""), kDataLoss, "empty"},
      {"duplicate key", kRoster, Body(R"({"alice":"owner","alice":"developer"})"), kDataLoss, "twice"},
      {"truncated roster", kRoster, truncate, kDataLoss, "cut short"},
      {"truncated team", kTeam, truncate, kDataLoss, "cut short"},
      {"half a roster under its own length", kRoster, Body(R"({"alice":"owner",)"), kDataLoss, "not valid JSON"},
      {"no teams", kTeamList, Body("[]"), kPrecondition, "no teams"},
      {"teams of another organization", kTeamList, Body(R"(["other:developers"])"), kDataLoss, "another organization"},
      {"team is an object", kTeam, Body("{}"), kDataLoss, "an object"},
  };
  Registry registry(Load(R"({ "version": 1 })"));
  ASSERT_THAT(RunSync(Run(), testing_util::HandlerOf(registry)), IsOk());
  const std::string before = ReadBytes(Run().file);
  for (const Doubt& doubt : doubts) {
    EXPECT_THAT(RunSync(Run(), Changed(registry, doubt.path, doubt.change)),
                StatusIs(doubt.code, HasSubstr(doubt.message)))
        << doubt.name;
    EXPECT_EQ(ReadBytes(Run().file), before) << doubt.name;
    EXPECT_THAT(folder_.Names(), ElementsAre("sync.c1z")) << doubt.name;
  }
}

TEST_P(BothTransports, RefusalsAreToldApart) {
  struct Refusal {
    int status;
    absl::StatusCode code;
  };
  Registry registry(Load(R"({ "version": 1 })"));
  for (const Refusal& refusal :
       {Refusal{401, absl::StatusCode::kUnauthenticated}, Refusal{403, absl::StatusCode::kPermissionDenied},
        Refusal{404, absl::StatusCode::kNotFound}}) {
    const auto change = [&](Reply& reply) { reply.response.status = refusal.status; };
    EXPECT_THAT(RunSync(Run(), Changed(registry, "/", change)),
                StatusIs(refusal.code, HasSubstr(std::to_string(refusal.status))));
  }
  SyncRun run = Run();
  run.token = "npm_wrong";
  EXPECT_THAT(RunSync(run, testing_util::HandlerOf(registry)),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("Unauthorized")));
  run = Run();
  run.org = "nobody-here";
  EXPECT_THAT(RunSync(run, testing_util::HandlerOf(registry)),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("Scope not found")));
  run.org = "alice";
  EXPECT_THAT(RunSync(run, testing_util::HandlerOf(registry)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("user account")));
  EXPECT_TRUE(folder_.Names().empty());
}

TEST(TransportsTest, SameScenarioSameGraphSameDigest) {
  const std::string scenario_path = std::string(SCENARIO_FOLDER) + "/quickstart.scenario.json";
  const auto scenario = mock_registry::LoadScenario(scenario_path);
  ASSERT_THAT(scenario, IsOk());
  std::vector<std::string> digests;
  for (const Transport transport : {Transport::kSim, Transport::kSockets}) {
    const TempFolder folder;
    Registry registry(*scenario);
    SyncRun run;
    run.transport = transport;
    run.token = scenario->tokens[0].value;
    run.file = folder.File("sync.c1z");
    ASSERT_THAT(RunSync(run, testing_util::HandlerOf(registry)), IsOk());
    digests.push_back(connector::GraphDigest(connector::ReadLatestSync(run.file)->graph));
  }
  EXPECT_EQ(digests[0], digests[1]);
}

TEST(DeterminismTest, SameScenarioAndSeedSameBytes) {
  const TempFolder folder;
  for (const char* name : {"a", "b"}) {
    Registry registry(Load(R"({ "version": 1 })"));
    SyncRun run;
    run.file = folder.File(name);
    ASSERT_THAT(RunSync(run, testing_util::HandlerOf(registry)), IsOk());
  }
  EXPECT_EQ(ReadBytes(folder.File("a")), ReadBytes(folder.File("b")));
}

TEST(SimDriverTest, TimePassesInWaitAlone) {
  mock_registry::SimDriver driver([](const HttpRequest&, Instant) { return Reply(); }, {});
  driver.Submit(1, {}, Instant::Max());
  EXPECT_EQ(driver.Now(), Instant());
  EXPECT_EQ(driver.Wait(Instant(absl::Hours(1)))->ticket, 1u);
  EXPECT_EQ(driver.Now(), Instant(absl::Milliseconds(1)));
  EXPECT_EQ(driver.Wait(Instant(absl::Hours(1))), std::nullopt);
  EXPECT_EQ(driver.Now(), Instant(absl::Hours(1)));
}

TEST(SimDriverTest, AReplyAfterItsDeadlineIsATimeout) {
  mock_registry::SimDriver driver([](const HttpRequest&, Instant) { return Reply(); }, {});
  driver.Submit(1, {}, Instant(absl::Microseconds(1)));
  const auto completion = driver.Wait(Instant::Max());
  EXPECT_EQ(std::get<connector::TransportFailure>(completion->result).error, connector::TransportError::kTimeout);
  EXPECT_EQ(driver.Now(), Instant(absl::Microseconds(1)));
}

}  // namespace
