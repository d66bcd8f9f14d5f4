// Many requests over one Driver: a window of them in flight, retries parked until their time, answers decoded as they
// come and delivered in the order asked for. A failed attempt that the budget of retries has no room for waits until
// first attempts have made room; when only failures come back, or nothing else is left to do, the run ends.
// Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "connector/core/limits.h"
#include "connector/core/status.h"
#include "connector/http/backoff.h"
#include "connector/http/driver.h"
#include "connector/sync/pace.h"

namespace connector {

enum class Answer { kComplete, kMore };

// Items 0 to count-1, each of one request or, page after page, of several. What one function keeps for the next, the
// batch's maker keeps.
struct Batch {
  std::size_t count = 0;
  std::function<HttpRequest(std::size_t)> request;  // the item's first, or next after kMore
  std::function<std::string(std::size_t)> what;     // names the request in errors, e.g. "the team list of acme"
  // For a 2xx answer, in order of arrival. An answer that fails with kDataLoss is asked for once more.
  std::function<absl::StatusOr<Answer>(std::size_t, const HttpResponse&)> decode;
  // For 400 and 410: true if request() is another one now, which is to be asked instead.
  std::function<bool(std::size_t)> gone;
  // For a refusal that is final: true to deliver the item without an answer. Absent: every refusal ends the run.
  std::function<bool(std::size_t, const HttpResponse&, const absl::Status&)> forgive = nullptr;
  // After decode, in order of index. At most RunLimits::reorder items are decoded and not yet delivered.
  std::function<absl::Status(std::size_t)> deliver;
};

struct FetchOptions {
  RunLimits limits;
  RetryPolicy retry;
  std::uint64_t seed = 0;  // of the jitter
};

class Fetcher {
 public:
  // The run's deadline counts from here. `driver` outlives the fetcher.
  Fetcher(Driver& driver, const FetchOptions& options);

  // Returns at the first request that fails for good; the batch's other answers are then ignored.
  absl::Status Run(const Batch& batch);

  // Attempts sent so far, retries included.
  std::uint64_t requests() const { return requests_; }

 private:
  class BatchRun;

  Driver& driver_;
  const FetchOptions options_;
  const Instant deadline_;
  Pace pace_;
  Instant paused_until_;  // after 429
  Ticket next_ticket_ = 1;
  std::uint64_t requests_ = 0;
};

}  // namespace connector
