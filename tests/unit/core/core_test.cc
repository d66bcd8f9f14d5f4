#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "connector/core/instant.h"
#include "connector/core/percent.h"
#include "connector/core/rng.h"
#include "connector/core/secret.h"

namespace connector {
namespace {

TEST(PercentTest, EncodesLikeEncodeURIComponent) {
  EXPECT_EQ(PercentEncode("dev ops/\xC3\xA9"), "dev%20ops%2F%C3%A9");  // as captured from npm
  EXPECT_EQ(PercentEncode("a:b"), "a%3Ab");
  EXPECT_EQ(PercentEncode("aZ09-_.!~*'()"), "aZ09-_.!~*'()");
  EXPECT_EQ(PercentEncode("a%b?c#d\r\n"), "a%25b%3Fc%23d%0D%0A");
}

TEST(PercentTest, DotSegmentsDoNotSurvive) {
  EXPECT_EQ(PercentEncode("."), "%2E");
  EXPECT_EQ(PercentEncode(".."), "%2E%2E");
  EXPECT_EQ(PercentEncode("..."), "...");
}

TEST(PercentTest, DecodeRefusesHalfAnEscape) {
  EXPECT_EQ(PercentDecode("a%2fb%2Fc"), "a/b/c");
  EXPECT_EQ(PercentDecode("%4"), std::nullopt);
  EXPECT_EQ(PercentDecode("%"), std::nullopt);
  EXPECT_EQ(PercentDecode("%zz"), std::nullopt);
}

TEST(PercentTest, DecodeUndoesEncode) {
  EXPECT_TRUE(rc::check([](const std::string& text) { RC_ASSERT(PercentDecode(PercentEncode(text)) == text); }));
}

TEST(RngTest, DrawsDependOnEveryPartOfTheKey) {
  const std::set<std::uint64_t> draws = {Draw(1, "a", "b", 0), Draw(2, "a", "b", 0), Draw(1, "b", "b", 0),
                                         Draw(1, "a", "c", 0), Draw(1, "a", "b", 1), Draw(1, "ab", "", 0),
                                         Draw(1, "", "ab", 0)};
  EXPECT_EQ(draws.size(), 7u);
}

TEST(RngTest, SameNumbersOnEveryCompiler) {
  EXPECT_EQ(Draw(42, "retry", "/-/org/acme/user", 3), 15388280152388109193u);
}

TEST(RngTest, UnitIsEven) {
  int low = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    const double unit = ToUnit(Draw(7, "unit", "", i));
    ASSERT_GE(unit, 0.0);
    ASSERT_LT(unit, 1.0);
    low += unit < 0.5 ? 1 : 0;
  }
  EXPECT_NEAR(low, 5000, 200);
}

TEST(InstantTest, SaturatesInsteadOfWrapping) {
  EXPECT_EQ(Instant(absl::Seconds(1)) + absl::InfiniteDuration(), Instant::Max());
  EXPECT_LT(Instant(absl::Seconds(1)), Instant::Max());
}

TEST(SecretTest, CopiesKeepTheValue) {
  Secret secret("npm_value");
  Secret copy = secret;
  copy = secret;
  EXPECT_EQ(copy.Reveal(), "npm_value");
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace connector
