// How fast a run asks, and whether it may go on repeating what failed. Bookkeeping only: no clock, no requests.
#pragma once

#include <cstddef>
#include <cstdint>

#include "connector/core/instant.h"
#include "connector/http/backoff.h"

namespace connector {

class Pace {
 public:
  // `most` requests at once, at least 1.
  Pace(const RetryPolicy& policy, std::size_t most) : policy_(policy), most_(most), window_(most) {}

  // How many requests may be under way. 429 halves it, and as many successes as it has requests add one.
  std::size_t window() const { return window_; }

  void OnFirstAttempt() { ++first_attempts_; }
  void OnSuccess();
  void OnFailure() { ++failures_in_a_row_; }
  // 429 came for what was sent at `sent`. Those that were sent before the window was last cut say nothing new.
  void OnThrottled(Instant sent, Instant now);

  // Takes a retry out of the budget; false if it is spent.
  bool TakeRetry();

  // Nothing has come back but failures for long.
  bool OnlyFails() const { return failures_in_a_row_ >= policy_.breaker; }

  std::uint64_t first_attempts() const { return first_attempts_; }
  std::uint64_t retries() const { return retries_; }

 private:
  const RetryPolicy policy_;
  const std::size_t most_;
  std::size_t window_;
  std::size_t successes_ = 0;  // since the window last changed
  Instant cut_at_;
  bool was_cut_ = false;
  std::uint64_t first_attempts_ = 0;
  std::uint64_t retries_ = 0;
  int failures_in_a_row_ = 0;
};

}  // namespace connector
