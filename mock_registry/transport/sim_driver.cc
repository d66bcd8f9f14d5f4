#include "mock_registry/transport/sim_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mock_registry/transport/wire.h"

namespace mock_registry {
namespace {

using connector::Completion;
using connector::Instant;
using connector::TransportError;
using connector::TransportFailure;

// Without sockets, what would be sent is judged as a client would.
Exchange Simulated(Handler handler, const connector::Secret& token) {
  return [handler = std::move(handler), token](connector::HttpRequest request, Instant now) {
    if (!token.empty()) request.headers.emplace_back("Authorization", fmt::format("Bearer {}", token.Reveal()));
    Reply reply = handler(request, now);
    const absl::Duration delay = reply.delay + TransferTime(reply);
    return Delivery{Deliver(std::move(reply)), delay};
  };
}

}  // namespace

SimDriver::SimDriver(Handler handler, const SimOptions& options)
    : SimDriver(Simulated(std::move(handler), options.token), options) {}

SimDriver::SimDriver(Exchange exchange, SimOptions options)
    : exchange_(std::move(exchange)), options_(std::move(options)) {}

void SimDriver::Submit(connector::Ticket ticket, connector::HttpRequest request, Instant deadline) {
  Delivery delivery = exchange_(std::move(request), now_);
  Event event{now_ + options_.latency + delivery.delay, next_sequence_++, {ticket, std::move(delivery.result)}};
  in_flight_peak_ = std::max(in_flight_peak_, events_.size() + 1);
  if (event.at > deadline) {
    event.at = deadline;
    event.completion.result = TransportFailure{TransportError::kTimeout, "no response in time"};
  }
  events_.push(std::move(event));
}

std::optional<Completion> SimDriver::Wait(Instant until) {
  if (events_.empty() || events_.top().at > until) {
    now_ = std::max(now_, until);
    return std::nullopt;
  }
  Event event = events_.top();
  events_.pop();
  now_ = std::max(now_, event.at);
  return std::move(event.completion);
}

}  // namespace mock_registry
