#include "mock_registry/registry/limiter.h"

#include <algorithm>

namespace mock_registry {

std::optional<Rejection> Limiter::Take(const std::string& client, connector::Instant now) {
  for (const Limit& limit : limits_) {
    const auto capacity = static_cast<double>(limit.capacity);
    Bucket& bucket = buckets_.try_emplace({limit.id, client}, Bucket{capacity, now}).first->second;
    const double elapsed = absl::ToDoubleSeconds(now - bucket.filled_at);
    bucket.level = std::min(capacity, bucket.level + elapsed * limit.refill_per_second);
    bucket.filled_at = now;
    if (bucket.level < 1) {
      ++rejected_[limit.id];
      const absl::Duration wait = absl::Seconds((1 - bucket.level) / limit.refill_per_second);
      return Rejection{limit.id, std::max(absl::Ceil(wait, absl::Seconds(1)), absl::Seconds(1))};
    }
    bucket.level -= 1;
  }
  return std::nullopt;
}

std::uint64_t Limiter::rejected(const std::string& limit) const {
  const auto found = rejected_.find(limit);
  return found == rejected_.end() ? 0 : found->second;
}

}  // namespace mock_registry
