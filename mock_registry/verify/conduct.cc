#include "mock_registry/verify/conduct.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace mock_registry {
namespace {

std::string Key(const std::string& client, const std::string& target) { return client + "\n" + target; }

bool HasCursor(std::string_view target) {
  std::size_t at = target.find('?');
  while (at != std::string_view::npos) {
    target.remove_prefix(at + 1);
    for (const std::string_view name : {"cursor=", "page=", "offset=", "after=", "start="}) {
      if (target.starts_with(name)) return true;
    }
    at = target.find('&');
  }
  return false;
}

absl::Duration RetryAfter(const Reply& reply) {
  if (reply.pause > absl::ZeroDuration()) return reply.pause;
  const auto header = connector::FindHeader(reply.response.headers, "retry-after");
  std::int64_t seconds = 0;
  if (header) std::from_chars(header->data(), header->data() + header->size(), seconds);
  return absl::Seconds(std::max<std::int64_t>(seconds, 0));
}

}  // namespace

std::uint64_t ConductWatch::Attempt(const std::string& client, const std::string& target, connector::Instant now) {
  Resource& resource = resources_[Key(client, target)];
  if (resource.answered && resource.sent_at <= now) resource.attempts = 0;
  return ++resource.attempts;
}

void ConductWatch::Violate(const char* rule, std::string what) {
  for (Violation& violation : violations_) {
    if (violation.rule == rule) {
      ++violation.more;
      return;
    }
  }
  violations_.push_back({rule, std::move(what)});
}

void ConductWatch::CheckPauses(std::vector<Pause>& pauses, const RequestFacts& facts) {
  std::erase_if(pauses, [&](const Pause& pause) { return facts.at + grace_ >= pause.until; });
  for (const Pause& pause : pauses) {
    // What was under way when the reply came could not know.
    if (facts.at <= pause.from + grace_) continue;
    Violate("obeysRetryAfter",
            fmt::format("request #{} came {} after request #{} was answered {} with a Retry-After of {}", facts.number,
                        connector::ToString(facts.at - pause.from), pause.request, pause.status,
                        connector::ToString(pause.until - pause.from)));
  }
}

void ConductWatch::OnRequest(const RequestFacts& facts, const std::string& client) {
  const std::string& target = facts.request->target;
  if (rules_.no_auth_to_foreign_host && target.find("://") < target.find('?') &&
      connector::FindHeader(facts.request->headers, "authorization")) {
    Violate("noAuthToForeignHost", fmt::format("request #{} took its token to {}", facts.number, target));
  }
  if (rules_.obeys_retry_after) CheckPauses(client_pauses_[client], facts);
  Resource& resource = resources_.at(Key(client, target));
  if (rules_.obeys_retry_after) CheckPauses(resource.pauses, facts);
  if (resource.final_status != 0) {
    Violate("retriesOnly", fmt::format("request #{} repeats request #{}, which was answered {}", facts.number,
                                       resource.last_request, resource.final_status));
  }
  if (facts.attempt > rules_.max_attempts) {
    Violate("maxAttempts", fmt::format("request #{} is attempt {} at {}; at most {} are good manners", facts.number,
                                       facts.attempt, target, rules_.max_attempts));
  }
  if (rules_.never_repeats_cursor && resource.answered && HasCursor(target)) {
    Violate("neverRepeatsCursor", fmt::format("request #{} asks for {} again, which request #{} had got", facts.number,
                                              target, resource.last_request));
  }
}

// Who reads a listing from its start again follows its cursors again.
void ConductWatch::ForgetPages(const std::string& client, const std::string& first) {
  const std::string path = Key(client, first.substr(0, first.find('?'))) + "?";
  for (auto at = resources_.lower_bound(path); at != resources_.end() && at->first.starts_with(path); ++at) {
    if (!HasCursor(at->first)) continue;
    at->second.answered = false;
    at->second.final_status = 0;
  }
}

void ConductWatch::OnReply(const RequestFacts& facts, const std::string& client, const Reply& reply,
                           connector::Instant sent_at) {
  Resource& resource = resources_.at(Key(client, facts.request->target));
  const int status = reply.response.status;
  resource.last_request = facts.number;
  resource.answered = !reply.fault.any() && !reply.damaged && status >= 200 && status < 300;
  resource.sent_at = sent_at;
  resource.final_status = 0;
  if (resource.answered && !HasCursor(facts.request->target)) ForgetPages(client, facts.request->target);
  if (resource.answered || reply.fault.any() || reply.damaged) return;
  const std::vector<std::uint64_t>& retryable = rules_.retries_only;
  if (std::find(retryable.begin(), retryable.end(), static_cast<std::uint64_t>(status)) == retryable.end()) {
    resource.final_status = status;
  }
  const absl::Duration pause = RetryAfter(reply);
  if (pause == absl::ZeroDuration()) return;
  constexpr int kTooManyRequests = 429;
  (status == kTooManyRequests ? client_pauses_[client] : resource.pauses)
      .push_back({sent_at, sent_at + pause, facts.number, status});
}

}  // namespace mock_registry
