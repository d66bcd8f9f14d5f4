#include "connector/sync/pace.h"

#include <gtest/gtest.h>

namespace connector {
namespace {

Instant At(int seconds) { return Instant(absl::Seconds(seconds)); }

TEST(PaceTest, A429HalvesTheWindowOnceForAllThatWasUnderWay) {
  Pace pace(RetryPolicy(), 8);
  pace.OnThrottled(At(0), At(1));
  EXPECT_EQ(pace.window(), 4u);
  for (int i = 0; i < 3; ++i) pace.OnThrottled(At(0), At(1));
  EXPECT_EQ(pace.window(), 4u);
  for (int second = 2; second < 9; ++second) pace.OnThrottled(At(second), At(second));
  EXPECT_EQ(pace.window(), 1u);
}

TEST(PaceTest, SuccessesOpenTheWindowOneByOne) {
  Pace pace(RetryPolicy(), 4);
  pace.OnThrottled(At(0), At(0));
  for (int i = 0; i < 2; ++i) pace.OnSuccess();
  EXPECT_EQ(pace.window(), 3u);
  for (int i = 0; i < 2; ++i) pace.OnSuccess();
  EXPECT_EQ(pace.window(), 3u);
  for (int i = 0; i < 100; ++i) pace.OnSuccess();
  EXPECT_EQ(pace.window(), 4u);
}

TEST(PaceTest, TheBudgetIsAFloorAndAShareOfWhatWasAsked) {
  RetryPolicy policy;
  policy.budget_floor = 2;
  Pace pace(policy, 1);
  EXPECT_TRUE(pace.TakeRetry());
  EXPECT_TRUE(pace.TakeRetry());
  EXPECT_FALSE(pace.TakeRetry());
  for (int i = 0; i < 9; ++i) pace.OnFirstAttempt();
  EXPECT_FALSE(pace.TakeRetry());
  pace.OnFirstAttempt();
  EXPECT_TRUE(pace.TakeRetry());
  EXPECT_FALSE(pace.TakeRetry());
}

TEST(PaceTest, OneSuccessAmongFailuresKeepsTheBreakerShut) {
  Pace pace(RetryPolicy(), 1);
  for (int i = 0; i < 19; ++i) pace.OnFailure();
  EXPECT_FALSE(pace.OnlyFails());
  pace.OnSuccess();
  for (int i = 0; i < 19; ++i) pace.OnFailure();
  EXPECT_FALSE(pace.OnlyFails());
  pace.OnFailure();
  EXPECT_TRUE(pace.OnlyFails());
}

}  // namespace
}  // namespace connector
