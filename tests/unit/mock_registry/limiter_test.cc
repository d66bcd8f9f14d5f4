#include "mock_registry/registry/limiter.h"

#include <gmock/gmock.h>

#include "mock_registry/scenario/loader.h"

namespace mock_registry {
namespace {

using connector::FindHeader;
using connector::Instant;
using ::testing::Optional;

class LimiterTest : public ::testing::Test {
 protected:
  void Start(const std::string& limit) {
    scenario_ = ParseScenario(R"({ "version": 1, "limits": [ { "id": "x", )" + limit + "} ] }", "limits.json");
    ASSERT_TRUE(scenario_.ok()) << scenario_.status();
    limiter_.emplace(scenario_->limits, scenario_->clock.start);
  }

  // Retry-After, "" if there is none, or "ok".
  std::string Take(double at, const Demand& demand = {"t", "a", "org.teams"}) {
    const auto rejection = limiter_->Take(demand, Instant(absl::Seconds(at)));
    if (!rejection) return "ok";
    return std::string(FindHeader(rejection->reply.response.headers, "retry-after").value_or(""));
  }

  absl::StatusOr<Scenario> scenario_;
  std::optional<Limiter> limiter_;
};

TEST_F(LimiterTest, Bucket) {
  Start(R"("bucket": { "capacity": 2, "refill": "1/s" })");
  EXPECT_EQ(Take(0), "ok");
  EXPECT_EQ(Take(0), "ok");
  EXPECT_EQ(Take(0.5), "1");
  EXPECT_EQ(Take(1), "ok");
  EXPECT_EQ(limiter_->rejected("x"), 1u);
}

TEST_F(LimiterTest, FixedWindow) {
  Start(R"("window": { "limit": 2, "every": "10s" })");
  EXPECT_EQ(Take(8), "ok");
  EXPECT_EQ(Take(9), "ok");
  EXPECT_EQ(Take(9), "1");
  EXPECT_EQ(Take(10), "ok");
  EXPECT_EQ(Take(10), "ok");
  EXPECT_EQ(Take(11), "9");
}

TEST_F(LimiterTest, SlidingWindow) {
  Start(R"("window": { "limit": 2, "every": "10s", "kind": "sliding" })");
  EXPECT_EQ(Take(8), "ok");
  EXPECT_EQ(Take(9), "ok");
  EXPECT_EQ(Take(10), "8");
  EXPECT_EQ(Take(18), "ok");
  EXPECT_EQ(Take(18), "1");
}

TEST_F(LimiterTest, Concurrent) {
  Start(R"("concurrent": 1)");
  const Demand demand{"t", "a", "org.teams"};
  EXPECT_EQ(Take(0), "ok");
  limiter_->Working(demand, Instant(absl::Seconds(3)));
  EXPECT_EQ(Take(2), "1");
  EXPECT_EQ(Take(3), "ok");
}

TEST_F(LimiterTest, EachKeyHasItsOwn) {
  const Demand base{"t", "a", "org.teams"};
  const struct {
    const char* key;
    Demand other;
  } cases[] = {
      {"token", {"u", "a", "org.teams"}}, {"address", {"t", "b", "org.teams"}}, {"operation", {"t", "a", "ping"}}};
  for (const auto& c : cases) {
    Start(std::string(R"("bucket": { "capacity": 1, "refill": "1/h" }, "key": ")") + c.key + '"');
    EXPECT_EQ(Take(0, base), "ok");
    EXPECT_EQ(Take(0, c.other), "ok") << c.key;
    EXPECT_EQ(Take(0, base), "3600") << c.key;
  }
  Start(R"("bucket": { "capacity": 1, "refill": "1/h" }, "key": "all")");
  EXPECT_EQ(Take(0, base), "ok");
  EXPECT_EQ(Take(0, {"u", "b", "ping"}), "3600");
}

TEST_F(LimiterTest, CostsAndFormsOfRetryAfter) {
  Start(R"("bucket": { "capacity": 5, "refill": "1/s" }, "cost": { "team.members": 4 })");
  EXPECT_EQ(Take(0, {"t", "a", "team.members"}), "ok");
  EXPECT_EQ(Take(0, {"t", "a", "team.members"}), "3");
  EXPECT_EQ(Take(0), "ok");
  const std::pair<const char*, const char*> forms[] = {{"http-date", "Thu, 01 Jan 2026 00:00:10 GMT"},
                                                       {"absent", ""},
                                                       {"zero", "0"},
                                                       {"negative", "-1"},
                                                       {"huge", "10000000000"}};
  for (const auto& [form, header] : forms) {
    Start(std::string(R"("window": { "limit": 1, "every": "10s" }, "reject": { "retryAfter": ")") + form + "\" }");
    EXPECT_EQ(Take(0), "ok");
    EXPECT_EQ(Take(2.5), header);
  }
}

TEST_F(LimiterTest, HeadersSayWhatIsLeft) {
  const std::pair<const char*, const char*> forms[] = {{"seconds", "7"},
                                                       {"epoch-seconds", "1767225610"},
                                                       {"epoch-ms", "1767225610000"},
                                                       {"http-date", "Thu, 01 Jan 2026 00:00:10 GMT"}};
  for (const auto& [form, reset] : forms) {
    Start(
        std::string(R"("window": { "limit": 5, "every": "10s" }, "headers": { "dialect": "x-ratelimit", "reset": ")") +
        form + "\" }");
    EXPECT_EQ(Take(3), "ok");
    const auto headers = limiter_->HeadersFor({"t", "a", "ping"}, Instant(absl::Seconds(3)));
    EXPECT_THAT(FindHeader(headers, "x-ratelimit-limit"), Optional(std::string("5")));
    EXPECT_THAT(FindHeader(headers, "x-ratelimit-remaining"), Optional(std::string("4")));
    EXPECT_THAT(FindHeader(headers, "x-ratelimit-reset"), Optional(std::string(reset)));
  }
}

}  // namespace
}  // namespace mock_registry
