#include "connector/http/backoff.h"

#include <algorithm>

#include "connector/core/rng.h"

namespace connector {
namespace {

Verdict ClassifyStatus(int status) {
  if (status >= 200 && status < 300) return Verdict::kAccept;
  switch (status) {
    case 429:
      return Verdict::kThrottle;
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
      return Verdict::kRetry;
    default:
      return Verdict::kFail;
  }
}

Verdict ClassifyTransport(TransportError error) {
  switch (error) {
    case TransportError::kConnect:
    case TransportError::kTimeout:
    case TransportError::kClosed:
    case TransportError::kTruncated:
    case TransportError::kMalformed:
      return Verdict::kRetry;
    case TransportError::kUnresolved:
    case TransportError::kTls:
    case TransportError::kCertificate:
    case TransportError::kTooLarge:
    case TransportError::kCanceled:
      return Verdict::kFail;
  }
  return Verdict::kFail;
}

}  // namespace

Verdict Classify(const std::variant<HttpResponse, TransportFailure>& result) {
  if (const auto* response = std::get_if<HttpResponse>(&result)) return ClassifyStatus(response->status);
  return ClassifyTransport(std::get<TransportFailure>(result).error);
}

absl::Duration Backoff(const RetryPolicy& policy, Verdict verdict, int attempt,
                       std::optional<absl::Duration> retry_after, std::uint64_t draw) {
  const absl::Duration base = verdict == Verdict::kThrottle ? policy.throttled_base : policy.base;
  constexpr int kMaxDoublings = 30;
  const int doublings = std::clamp(attempt - 1, 0, kMaxDoublings);
  const absl::Duration bound = std::min(policy.cap, base * (std::int64_t{1} << doublings));
  return retry_after.value_or(absl::ZeroDuration()) + bound * ToUnit(draw);
}

}  // namespace connector
