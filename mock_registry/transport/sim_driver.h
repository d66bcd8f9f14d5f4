// The connector's Driver in virtual time: no sockets, no threads, no real clock. A request is answered at once and its
// completion waits in a queue ordered by (virtual time, sequence); Wait() takes the next and moves the clock there.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <queue>
#include <variant>
#include <vector>

#include "connector/core/secret.h"
#include "connector/http/driver.h"
#include "mock_registry/registry/reply.h"

namespace mock_registry {

struct SimOptions {
  connector::Secret token;
  absl::Time start = absl::FromUnixSeconds(1767225600);    // 2026-01-01T00:00:00Z
  absl::Duration latency = absl::Milliseconds(1);          // of each request, one way and back
  connector::Instant stop_at = connector::Instant::Max();  // when the world asks to stop
};

// What came of a request, and how much later.
struct Delivery {
  std::variant<connector::HttpResponse, connector::TransportFailure> result;
  absl::Duration delay;
};
// Takes a request to the registry at once.
using Exchange = std::function<Delivery(connector::HttpRequest request, connector::Instant now)>;

class SimDriver final : public connector::Driver {
 public:
  SimDriver(Handler handler, const SimOptions& options);
  // Another way to the registry, such as real sockets. The token is the exchange's business.
  SimDriver(Exchange exchange, SimOptions options);

  connector::Instant Now() const override { return now_; }
  absl::Time WallNow() const override { return options_.start + now_.since_start(); }
  void Submit(connector::Ticket ticket, connector::HttpRequest request, connector::Instant deadline) override;
  std::optional<connector::Completion> Wait(connector::Instant until) override;
  bool StopRequested() const override { return options_.stop_at <= now_; }

  // Most requests at once so far.
  std::size_t in_flight_peak() const { return in_flight_peak_; }

 private:
  struct Event {
    connector::Instant at;
    std::uint64_t sequence = 0;  // breaks ties
    connector::Completion completion;

    friend bool operator>(const Event& a, const Event& b) {
      return a.at == b.at ? a.sequence > b.sequence : a.at > b.at;
    }
  };

  const Exchange exchange_;
  const SimOptions options_;
  connector::Instant now_;
  std::uint64_t next_sequence_ = 0;
  std::size_t in_flight_peak_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
};

}  // namespace mock_registry
