#include "connector/sync/pace.h"

#include <algorithm>

namespace connector {

void Pace::OnSuccess() {
  failures_in_a_row_ = 0;
  if (++successes_ < window_ || window_ == most_) return;
  ++window_;
  successes_ = 0;
}

void Pace::OnThrottled(Instant sent, Instant now) {
  if (was_cut_ && sent < cut_at_) return;
  was_cut_ = true;
  cut_at_ = now;
  window_ = std::max<std::size_t>(window_ / 2, 1);
  successes_ = 0;
}

bool Pace::TakeRetry() {
  const double allowed = policy_.budget_floor + policy_.budget_share * static_cast<double>(first_attempts_);
  if (static_cast<double>(retries_ + 1) > allowed) return false;
  ++retries_;
  return true;
}

}  // namespace connector
