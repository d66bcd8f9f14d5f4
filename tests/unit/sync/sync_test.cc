#include "connector/sync/sync.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "mock_registry/transport/sim_driver.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/sync_runner.h"

namespace connector {
namespace {

using mock_registry::Reply;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_util::IsOk;
using testing_util::RecordingObserver;
using testing_util::StatusIs;

Reply Answer(int status, std::string body, Headers headers = {}) {
  Reply reply;
  reply.response.status = status;
  reply.response.body = std::move(body);
  reply.response.headers = std::move(headers);
  return reply;
}

// Plays a script for each target; the last answer repeats. Notes when what was asked.
class Script {
 public:
  Script() {
    answers_["/-/org/acme/team?format=cli"] = {Answer(200, R"(["acme:developers"])")};
    answers_["/-/org/acme/user"] = {Answer(200, R"({"alice":"owner"})")};
    answers_["/-/team/acme/developers/user?format=cli"] = {Answer(200, R"(["alice"])")};
  }

  std::deque<Reply>& operator[](const std::string& target) { return answers_[target]; }

  mock_registry::Handler handler() {
    return [this](const HttpRequest& request, Instant now) {
      times_[request.target].push_back(now);
      std::deque<Reply>& answers = answers_[request.target];
      if (answers.empty()) return Answer(404, "{}");
      const Reply reply = answers.front();
      if (answers.size() > 1) answers.pop_front();
      return reply;
    };
  }

  std::size_t asked(const std::string& target) const { return times_.contains(target) ? times_.at(target).size() : 0; }
  std::size_t asked_in_all() const {
    std::size_t sum = 0;
    for (const auto& [target, times] : times_) sum += times.size();
    return sum;
  }
  const std::vector<Instant>& times(const std::string& target) const { return times_.at(target); }

 private:
  std::map<std::string, std::deque<Reply>> answers_;
  std::map<std::string, std::vector<Instant>> times_;
};

constexpr const char* kTeams = "/-/org/acme/team?format=cli";
constexpr const char* kMembers = "/-/org/acme/user";
constexpr const char* kDevelopers = "/-/team/acme/developers/user?format=cli";

class SyncTest : public ::testing::Test {
 protected:
  absl::StatusOr<SyncSummary> Sync() {
    mock_registry::SimDriver driver(script_.handler(), {Secret("npm_x")});
    SyncOptions options{*OrgName::Parse("acme"), Origin{}, fetch_, {}};
    absl::StatusOr<SyncSummary> summary = SyncOrganization(driver, options, graph_, observer_);
    elapsed_ = driver.Now().since_start();
    return summary;
  }

  Script script_;
  FetchOptions fetch_;
  GraphBuilder graph_;
  RecordingObserver observer_;
  absl::Duration elapsed_;
};

TEST_F(SyncTest, ReadsAnOrganization) {
  const absl::StatusOr<SyncSummary> summary = Sync();
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->users, 1u);
  EXPECT_EQ(summary->teams, 1u);
  EXPECT_EQ(summary->grants, 2u);
  EXPECT_EQ(summary->requests, 4u);
  EXPECT_THAT(graph_.graph().users, ElementsAre("alice"));
  EXPECT_THAT(observer_.progress, ElementsAre(std::pair(0u, 1u), std::pair(1u, 1u)));
  EXPECT_THAT(observer_.warnings, IsEmpty());
}

TEST_F(SyncTest, OutputOrderDoesNotDependOnArrivalOrder) {
  script_[kTeams] = {Answer(200, R"(["acme:a","acme:developers","acme:z"])")};
  script_["/-/team/acme/a/user?format=cli"] = {Answer(503, ""), Answer(503, ""), Answer(200, R"(["alice"])")};
  script_["/-/team/acme/z/user?format=cli"] = {Answer(200, R"(["alice"])")};
  ASSERT_THAT(Sync(), IsOk());
  EXPECT_THAT(graph_.graph().teams, ElementsAre("a", "developers", "z"));
  EXPECT_EQ(graph_.graph().grants.size(), 4u);
  EXPECT_EQ(graph_.graph().grants[1].entitlement.resource.name, "a");
}

TEST_F(SyncTest, WarnsOfAnUnpagedListAsLongAsAPage) {
  std::string roster = R"({"alice":"owner")";
  for (int i = 1; i < 100; ++i) roster += fmt::format(R"(,"user-{}":"developer")", i);
  script_[kMembers] = {Answer(200, roster + "}")};
  ASSERT_THAT(Sync(), IsOk());
  EXPECT_THAT(observer_.warnings,
              ElementsAre(HasSubstr("the member list of acme came without pages and has exactly 100")));
  script_[kMembers] = {Answer(200, fmt::format(R"({{"objects":{}}},"total":100}})", roster))};
  graph_ = {};
  observer_.warnings.clear();
  ASSERT_THAT(Sync(), IsOk());
  EXPECT_THAT(observer_.warnings, IsEmpty());
}

TEST_F(SyncTest, PassingTroubleIsRetriedAndWaitedOut) {
  script_[kMembers] = {Answer(503, ""), Answer(500, ""), Answer(200, R"({"alice":"owner"})")};
  ASSERT_THAT(Sync(), IsOk());
  EXPECT_EQ(script_.asked(kMembers), 3u);
}

TEST_F(SyncTest, GivesUpAfterTheLastAttempt) {
  script_[kMembers] = {Answer(503, "")};
  EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kUnavailable, AllOf(HasSubstr("member list of acme"), HasSubstr("503"),
                                                                     HasSubstr("Gave up after 6 attempts"))));
  EXPECT_EQ(script_.asked(kMembers), 6u);
}

// An outage of the registry meets an organization that is being read with patience.
TEST_F(SyncTest, AnOutageCostsNoMoreThanTheBudget) {
  std::string teams = R"(["acme:developers")";
  for (int i = 0; i < 500; ++i) teams += fmt::format(R"(,"acme:team-{}")", i);
  script_[kTeams] = {Answer(200, teams + "]")};
  script_[kDevelopers] = {Answer(503, "")};
  for (int i = 0; i < 500; ++i) {
    script_[fmt::format("/-/team/acme/team-{}/user?format=cli", i)] = {Answer(503, "")};
  }
  fetch_.retry.max_attempts = 1000;
  EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kUnavailable,
                               AllOf(HasSubstr("503"), HasSubstr("had to be repeated already"))));
  EXPECT_LE(script_.asked_in_all(), 2 + 1.1 * 32 + 50);
}

TEST_F(SyncTest, WhatTheBudgetHoldsBackIsAskedForAgainWhenOthersHaveMadeRoom) {
  std::string teams = R"(["acme:developers")";
  for (int i = 0; i < 31; ++i) {
    teams += fmt::format(R"(,"acme:team-{}")", i);
    script_[fmt::format("/-/team/acme/team-{}/user?format=cli", i)] = {Answer(200, "[]")};
  }
  script_[kTeams] = {Answer(200, teams + "]")};
  script_[kDevelopers] = {Answer(503, ""), Answer(503, ""), Answer(200, R"(["alice"])")};
  fetch_.retry.budget_floor = 0;
  fetch_.limits.in_flight = 1;
  ASSERT_THAT(Sync(), IsOk());
  EXPECT_EQ(script_.asked(kDevelopers), 3u);
}

TEST_F(SyncTest, WhatTheBudgetHoldsBackEndsTheRunWhenNothingElseIsLeft) {
  script_[kDevelopers] = {Answer(503, ""), Answer(200, R"(["alice"])")};
  fetch_.retry.budget_floor = 0;
  EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("0 of 4 requests")));
}

TEST_F(SyncTest, RefusalsAreNotRetried) {
  for (const int status : {301, 400, 401, 403, 404, 409}) {
    Script fresh;
    script_ = fresh;
    script_[kTeams] = {Answer(status, "{}")};
    EXPECT_FALSE(Sync().ok()) << status;
    EXPECT_EQ(script_.asked(kTeams), 1u) << status;
  }
}

TEST_F(SyncTest, A429HoldsBackEveryRequestUntilItsTime) {
  script_[kTeams] = {Answer(200, R"(["acme:developers","acme:ops","acme:web"])")};
  script_[kDevelopers] = {Answer(429, "", {{"Retry-After", "60"}}), Answer(200, R"(["alice"])")};
  script_["/-/team/acme/ops/user?format=cli"] = {Answer(200, "[]")};
  script_["/-/team/acme/web/user?format=cli"] = {Answer(200, "[]")};
  fetch_.limits.in_flight = 1;
  ASSERT_THAT(Sync(), IsOk());
  const Instant resumed = script_.times(kDevelopers)[0] + absl::Seconds(60);
  EXPECT_GE(script_.times(kDevelopers)[1], resumed);
  EXPECT_GE(script_.times("/-/team/acme/ops/user?format=cli")[0], resumed);
  EXPECT_GE(elapsed_, absl::Seconds(60));
  EXPECT_LT(elapsed_, absl::Seconds(62));
}

TEST_F(SyncTest, ARetryAfterBeyondTheRunFailsAtOnce) {
  script_[kMembers] = {Answer(429, "", {{"Retry-After", "86400"}})};
  EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("24h")));
  EXPECT_LT(elapsed_, absl::Seconds(1));
}

TEST_F(SyncTest, AnUndecodableAnswerIsAskedForOnceMore) {
  script_[kDevelopers] = {Answer(200, "[\"al"), Answer(200, R"(["alice"])")};
  EXPECT_THAT(Sync(), IsOk());
  EXPECT_EQ(script_.asked(kDevelopers), 2u);
}

TEST_F(SyncTest, AnUndecodableAnswerTwiceEndsTheRun) {
  script_[kDevelopers] = {Answer(200, "[\"al")};
  EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("team developers")));
  EXPECT_EQ(script_.asked(kDevelopers), 2u);
}

TEST_F(SyncTest, AForbiddenTeamEndsTheRun) {
  script_[kDevelopers] = {Answer(403, R"({"error":"Forbidden"})")};
  EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("members of team developers of acme")));
}

TEST_F(SyncTest, TheRunHasADeadline) {
  fetch_.limits.run = absl::Seconds(10);
  fetch_.limits.request = absl::Seconds(4);
  fetch_.retry.max_attempts = 1000;
  script_[kMembers] = {Answer(500, "")};
  const absl::StatusOr<SyncSummary> summary = Sync();
  EXPECT_FALSE(summary.ok());
  EXPECT_LE(elapsed_, absl::Seconds(10));
}

// Over sockets the request and the run are found out of time by different threads, whichever looks first.
TEST_F(SyncTest, ARequestThatTheEndOfTheRunCutsShortSaysSo) {
  for (const int max_attempts : {1, 6}) {
    fetch_.limits.run = absl::Seconds(2);
    fetch_.retry.max_attempts = max_attempts;
    script_[kMembers] = {Answer(200, R"({"alice":"owner"})")};
    script_[kMembers].front().delay = absl::Hours(1);
    EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("the run did not end within 2s")));
  }
}

TEST_F(SyncTest, NothingReachesTheSinkBeforeTheRosterIsBelieved) {
  script_[kMembers] = {Answer(200, "{}")};
  EXPECT_THAT(Sync(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no members")));
  EXPECT_EQ(graph_.graph(), AccessGraph());
}

TEST_F(SyncTest, ATeamMemberOutsideTheRosterIsKeptAndFlagged) {
  script_[kDevelopers] = {Answer(200, R"(["alice","ghost"])")};
  const absl::StatusOr<SyncSummary> summary = Sync();
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->unlisted_users, 1u);
  EXPECT_THAT(graph_.graph().users, ElementsAre("alice", "ghost"));
  EXPECT_THAT(observer_.warnings, ElementsAre(HasSubstr("ghost")));
}

TEST_F(SyncTest, KeepsItsWindowAndItsBuffer) {
  std::string teams = "[";
  for (int i = 0; i < 100; ++i) {
    teams += fmt::format("{}\"acme:t{:03}\"", i == 0 ? "" : ",", i);
    script_[fmt::format("/-/team/acme/t{:03}/user?format=cli", i)] = {Answer(200, "[]")};
  }
  // The first team takes long; the others run ahead of it no further than the buffer.
  script_["/-/team/acme/t000/user?format=cli"] = {Answer(503, "", {{"Retry-After", "5"}}), Answer(200, "[]")};
  script_[kTeams] = {Answer(200, teams + "]")};
  fetch_.limits.in_flight = 4;
  fetch_.limits.reorder = 10;
  ASSERT_THAT(Sync(), IsOk());
  const Instant first_done = script_.times("/-/team/acme/t000/user?format=cli")[1];
  EXPECT_LT(script_.times("/-/team/acme/t009/user?format=cli")[0], first_done);
  EXPECT_GT(script_.times("/-/team/acme/t010/user?format=cli")[0], first_done);
}

}  // namespace
}  // namespace connector
