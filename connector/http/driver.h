// The one seam: everything outside the process, which is time and the registry.
//
// Two implementations: HttplibDriver (sockets and the real clock) and mock_registry's SimDriver (virtual time). One
// thread calls a Driver. Waiting happens in Wait() only, so virtual time is a queue and needs no threads.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <variant>

#include "connector/core/instant.h"
#include "connector/http/message.h"

namespace connector {

// Chosen by the caller, unique among the requests in flight.
using Ticket = std::uint64_t;

struct Completion {
  Ticket ticket = 0;
  std::variant<HttpResponse, TransportFailure> result;
};

class Driver {
 public:
  virtual ~Driver() = default;

  // Monotonic; every deadline is in these terms.
  virtual Instant Now() const = 0;

  // For HTTP dates and the stamps in the file, never for deadlines.
  virtual absl::Time WallNow() const = 0;

  // Sends `request` with the token of the configured origin. Never blocks. Exactly one completion follows, at the
  // latest shortly after `deadline`: with kTimeout if the reply was not complete by then.
  virtual void Submit(Ticket ticket, HttpRequest request, Instant deadline) = 0;

  // The next completion, or nothing once `until` is reached or the world asks to stop. The only call in which time
  // passes. With nothing in flight it is a sleep.
  virtual std::optional<Completion> Wait(Instant until) = 0;

  // True once the run is to end soon, by a signal for one; it stays true.
  virtual bool StopRequested() const = 0;
};

}  // namespace connector
