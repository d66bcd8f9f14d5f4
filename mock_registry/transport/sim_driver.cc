#include "mock_registry/transport/sim_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace mock_registry {
namespace {

using connector::Completion;
using connector::HttpResponse;
using connector::Instant;
using connector::TransportError;
using connector::TransportFailure;

std::variant<HttpResponse, TransportFailure> Deliver(Reply reply) {
  if (reply.fault.truncate_at && *reply.fault.truncate_at < reply.response.body.size()) {
    return TransportFailure{TransportError::kTruncated, "the connection was closed before the end of the body"};
  }
  return std::move(reply.response);
}

}  // namespace

SimDriver::SimDriver(Handler handler, SimOptions options)
    : handler_(std::move(handler)), options_(std::move(options)) {}

void SimDriver::Submit(connector::Ticket ticket, connector::HttpRequest request, Instant deadline) {
  if (!options_.token.empty()) {
    request.headers.emplace_back("Authorization", fmt::format("Bearer {}", options_.token.Reveal()));
  }
  Event event{now_ + options_.latency, next_sequence_++, {ticket, {}}};
  event.completion.result = Deliver(handler_(request, now_));
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
