#include "connector/sync/resuming_driver.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <variant>

namespace connector {
namespace {

// A loss of power loses at most this much of the work.
constexpr absl::Duration kSyncInterval = absl::Seconds(2);

}  // namespace

void ResumingDriver::Submit(Ticket ticket, HttpRequest request, Instant deadline) {
  std::string key = fmt::format("{} {}", request.method, request.target);
  absl::StatusOr<std::optional<HttpResponse>> stored = work_.Take(key);
  if (stored.ok() && stored->has_value()) {
    replies_.push_back({ticket, **std::move(stored)});
    ++replayed_;
    return;
  }
  in_flight_.emplace(ticket, std::move(key));
  driver_.Submit(ticket, std::move(request), deadline);
}

std::optional<Completion> ResumingDriver::Wait(Instant until) {
  if (!replies_.empty()) {
    Completion reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }
  std::optional<Completion> completion = driver_.Wait(until);
  if (!completion) return completion;
  const auto entry = in_flight_.find(completion->ticket);
  if (entry == in_flight_.end()) return completion;
  const auto* response = std::get_if<HttpResponse>(&completion->result);
  if (response != nullptr && response->status >= 200 && response->status < 300) Store(entry->second, *response);
  in_flight_.erase(entry);
  return completion;
}

void ResumingDriver::Store(const std::string& request, const HttpResponse& response) {
  if (!storage_.ok()) return;
  storage_ = work_.Append(request, response);
  if (!storage_.ok() || driver_.Now() - synced_at_ < kSyncInterval) return;
  synced_at_ = driver_.Now();
  storage_ = work_.Sync();
}

}  // namespace connector
