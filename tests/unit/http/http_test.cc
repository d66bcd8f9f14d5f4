#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "connector/core/rng.h"
#include "connector/http/backoff.h"
#include "connector/http/origin.h"
#include "connector/http/retry_after.h"
#include "tests/testing/status_matchers.h"

namespace connector {
namespace {

using ::testing::HasSubstr;
using testing_util::IsOk;
using testing_util::StatusIs;

TEST(OriginTest, ReadsUrls) {
  const absl::StatusOr<Origin> npm = Origin::Parse("https://registry.npmjs.org");
  ASSERT_THAT(npm, IsOk());
  EXPECT_EQ(npm->ToString(), "https://registry.npmjs.org:443");
  const absl::StatusOr<Origin> mounted = Origin::Parse("http://127.0.0.1:4873/api/npm//");
  ASSERT_THAT(mounted, IsOk());
  EXPECT_EQ(mounted->port, 4873);
  EXPECT_EQ(mounted->path_prefix, "/api/npm");
  EXPECT_FALSE(mounted->tls);
  const absl::StatusOr<Origin> ipv6 = Origin::Parse("https://[::1]:8443");
  ASSERT_THAT(ipv6, IsOk());
  EXPECT_EQ(ipv6->host, "::1");
  EXPECT_EQ(ipv6->ToString(), "https://[::1]:8443");
}

TEST(OriginTest, RefusesWhatIsNoRegistryAddress) {
  for (const char* url : {"", "registry.npmjs.org", "ftp://x", "https://", "https://:80", "https://a:0",
                          "https://a:65536", "https://a:8x", "https://a:", "https://a/?q", "https://a/#f",
                          "https://[::1", "https://[::1]8", "https://a b", "https://a\r\nb"}) {
    EXPECT_THAT(Origin::Parse(url),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("https://registry.npmjs.org")))
        << url;
  }
}

TEST(OriginTest, NeverRepeatsAPassword) {
  EXPECT_THAT(Origin::Parse("https://user:hunter2@host"),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::Not(HasSubstr("hunter2"))));
}

TEST(OriginTest, KnowsLoopback) {
  for (const char* url : {"http://127.0.0.1", "http://127.9.9.9:1", "http://localhost", "http://[::1]"}) {
    EXPECT_TRUE(Origin::Parse(url)->IsLoopback()) << url;
  }
  for (const char* url : {"http://127.0.0.1.evil.test", "http://10.0.0.1", "http://localhost.evil.test"}) {
    EXPECT_FALSE(Origin::Parse(url)->IsLoopback()) << url;
  }
}

TEST(RetryAfterTest, ReadsSecondsAndTheThreeDates) {
  const absl::Time now = absl::FromUnixSeconds(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  const std::optional<absl::Duration> ten = absl::Seconds(10);
  EXPECT_EQ(ParseRetryAfter("10", now), ten);
  EXPECT_EQ(ParseRetryAfter(" 10\t", now), ten);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:47 GMT", now), ten);
  EXPECT_EQ(ParseRetryAfter("Sunday, 06-Nov-94 08:49:47 GMT", now), ten);
  EXPECT_EQ(ParseRetryAfter("Sun Nov  6 08:49:47 1994", now), ten);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:27 GMT", now), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter("0", now), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter("99999999999999999999", now), absl::InfiniteDuration());
}

TEST(RetryAfterTest, RefusesTheRest) {
  for (const char* value : {"", " ", "-1", "+1", "1.5", "1e3", "soon", "10 s", "Sun, 06 Nov 1994", "0x10"}) {
    EXPECT_EQ(ParseRetryAfter(value, absl::UnixEpoch()), std::nullopt) << value;
  }
}

TEST(ClassifyTest, EveryStatus) {
  for (int status = 100; status < 600; ++status) {
    HttpResponse response;
    response.status = status;
    Verdict expected = Verdict::kFail;
    if (status >= 200 && status < 300) expected = Verdict::kAccept;
    if (status == 429) expected = Verdict::kThrottle;
    if (status == 408 || status == 500 || status == 502 || status == 503 || status == 504) expected = Verdict::kRetry;
    EXPECT_EQ(Classify(response), expected) << status;
  }
}

TEST(ClassifyTest, EveryTransportError) {
  const auto verdict = [](TransportError error) { return Classify(TransportFailure{error, ""}); };
  for (const TransportError error : {TransportError::kConnect, TransportError::kTimeout, TransportError::kClosed,
                                     TransportError::kTruncated, TransportError::kMalformed}) {
    EXPECT_EQ(verdict(error), Verdict::kRetry) << ToString(error);
  }
  for (const TransportError error : {TransportError::kUnresolved, TransportError::kTls, TransportError::kCertificate,
                                     TransportError::kTooLarge, TransportError::kCanceled}) {
    EXPECT_EQ(verdict(error), Verdict::kFail) << ToString(error);
  }
}

TEST(BackoffTest, StaysWithinItsBounds) {
  const RetryPolicy policy;
  EXPECT_TRUE(rc::check([&](std::uint64_t draw, int attempt) {
    const absl::Duration wait = Backoff(policy, Verdict::kRetry, attempt, std::nullopt, draw);
    RC_ASSERT(wait >= absl::ZeroDuration());
    RC_ASSERT(wait <= policy.cap);
  }));
}

TEST(BackoffTest, GrowsAndIsJitteredInFull) {
  const RetryPolicy policy;
  absl::Duration sum;
  constexpr int kDraws = 2000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    sum += Backoff(policy, Verdict::kRetry, /*attempt=*/20, std::nullopt, Draw(1, "test", "", i));
  }
  EXPECT_NEAR(absl::ToDoubleSeconds(sum / kDraws), absl::ToDoubleSeconds(policy.cap) / 2, 0.5);
  EXPECT_LE(Backoff(policy, Verdict::kRetry, 1, std::nullopt, ~0ull), policy.base);
  EXPECT_LE(Backoff(policy, Verdict::kThrottle, 1, std::nullopt, ~0ull), policy.throttled_base);
}

TEST(BackoffTest, RetryAfterIsAFloor) {
  EXPECT_GE(Backoff(RetryPolicy(), Verdict::kThrottle, 1, absl::Minutes(5), 0), absl::Minutes(5));
}

TEST(HeadersTest, FindIgnoresCase) {
  const Headers headers = {{"Retry-After", "1"}, {"retry-after", "2"}};
  EXPECT_EQ(FindHeader(headers, "RETRY-AFTER"), "1");
  EXPECT_EQ(FindHeader(headers, "Retry"), std::nullopt);
}

}  // namespace
}  // namespace connector
