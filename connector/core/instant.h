// A reading of a Driver's monotonic clock. Wall-clock times are absl::Time; the two do not mix.
#pragma once

#include <absl/time/time.h>

#include <compare>
#include <string>

namespace connector {

class Instant {
 public:
  // `since_start` is the time since the driver was made.
  constexpr explicit Instant(absl::Duration since_start = absl::ZeroDuration()) : since_start_(since_start) {}

  static constexpr Instant Max() { return Instant(absl::InfiniteDuration()); }

  constexpr absl::Duration since_start() const { return since_start_; }

  // Saturates.
  friend Instant operator+(Instant t, absl::Duration d) { return Instant(t.since_start_ + d); }
  friend absl::Duration operator-(Instant a, Instant b) { return a.since_start_ - b.since_start_; }

  friend bool operator==(Instant a, Instant b) { return a.since_start_ == b.since_start_; }
  friend std::weak_ordering operator<=>(Instant a, Instant b) {
    if (a.since_start_ < b.since_start_) return std::weak_ordering::less;
    return a == b ? std::weak_ordering::equivalent : std::weak_ordering::greater;
  }

 private:
  absl::Duration since_start_;
};

// For messages, e.g. "1m30s".
std::string ToString(absl::Duration duration);

}  // namespace connector
