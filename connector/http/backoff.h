// Whether a failed attempt may be repeated, and after how long. Pure functions: no clock, no randomness of their own.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <variant>

#include "connector/http/message.h"

namespace connector {

struct RetryPolicy {
  int max_attempts = 6;                              // of one request, the first included
  absl::Duration base = absl::Milliseconds(100);     // first wait's upper bound after a failure
  absl::Duration throttled_base = absl::Seconds(1);  // the same after 429
  absl::Duration cap = absl::Seconds(20);            // upper bound of any wait that the server did not ask for
  // A run may repeat `budget_floor` requests, and `budget_share` of those it asked for. Repeating what 429 refused
  // costs nothing: the server asked for that.
  double budget_floor = 50;
  double budget_share = 0.1;
  int breaker = 20;  // failures in a row that end a run whose budget is spent
};

enum class Verdict {
  kAccept,    // 2xx: decode it
  kRetry,     // passing trouble
  kThrottle,  // the server asks to slow down: every request waits, not just this one
  kFail,      // repeating it would give the same answer
};

// 408, 500, 502, 503, 504 and connections lost or refused are passing; 429 is throttling; every other status, a refused
// certificate and a reply over a cap are final. All requests are reads, so repeating one is safe.
Verdict Classify(const std::variant<HttpResponse, TransportFailure>& result);

// The wait before attempt number `attempt + 1`, when `attempt` (from 1) attempts have failed. Full jitter: uniform in
// [0, min(cap, base * 2^(attempt-1))), drawn from `draw`; a server's `retry_after` is a floor that the jitter is added
// to.
absl::Duration Backoff(const RetryPolicy& policy, Verdict verdict, int attempt,
                       std::optional<absl::Duration> retry_after, std::uint64_t draw);

}  // namespace connector
