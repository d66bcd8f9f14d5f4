#include "connector/sync/fetcher.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "connector/core/rng.h"
#include "connector/http/retry_after.h"
#include "connector/npm/errors.h"

namespace connector {
namespace {

constexpr int kMaxUndecodable = 2;  // answers to one request

struct Attempt {
  std::size_t index = 0;
  int number = 1;       // this is the nth attempt
  int undecodable = 0;  // answers so far
  Instant sent = Instant();
};

struct Parked {
  Instant at;
  std::uint64_t sequence = 0;  // breaks ties
  Attempt attempt;

  friend bool operator>(const Parked& a, const Parked& b) {
    return a.at == b.at ? a.sequence > b.sequence : a.at > b.at;
  }
};

std::optional<absl::Duration> RetryAfterOf(const Completion& completion, absl::Time wall_now) {
  const auto* response = std::get_if<HttpResponse>(&completion.result);
  if (response == nullptr) return std::nullopt;
  const std::optional<std::string_view> header = FindHeader(response->headers, "Retry-After");
  if (!header) return std::nullopt;
  return ParseRetryAfter(*header, wall_now);
}

bool IsTimeout(const Completion& completion) {
  const auto* failure = std::get_if<TransportFailure>(&completion.result);
  return failure != nullptr && failure->error == TransportError::kTimeout;
}

bool IsGone(const Completion& completion) {
  const auto* response = std::get_if<HttpResponse>(&completion.result);
  constexpr int kBadRequest = 400;
  constexpr int kGone = 410;
  return response != nullptr && (response->status == kBadRequest || response->status == kGone);
}

}  // namespace

class Fetcher::BatchRun {
 public:
  BatchRun(Fetcher& fetcher, const Batch& batch) : fetcher_(fetcher), driver_(fetcher.driver_), batch_(batch) {}

  absl::Status Run() {
    while (delivered_ < batch_.count) {
      const Instant now = driver_.Now();
      if (driver_.StopRequested()) return absl::CancelledError("stopped on request");
      if (now >= fetcher_.deadline_) return RunDeadline();
      if (IsSpent()) return BudgetSpent();
      StartWhatMayStart(now);
      const std::optional<Completion> completion = driver_.Wait(NextEvent());
      if (!completion) continue;
      const auto entry = in_flight_.find(completion->ticket);
      if (entry == in_flight_.end()) continue;  // of a batch that failed
      const Attempt attempt = entry->second;
      in_flight_.erase(entry);
      RETURN_IF_ERROR(Handle(attempt, *completion));
      RETURN_IF_ERROR(DeliverWhatIsReady());
    }
    return absl::OkStatus();
  }

 private:
  const FetchOptions& options() const { return fetcher_.options_; }
  Pace& pace() const { return fetcher_.pace_; }

  void StartWhatMayStart(Instant now) {
    while (in_flight_.size() < pace().window() && now >= fetcher_.paused_until_) {
      if (!parked_.empty() && parked_.top().at <= now) {
        const Attempt attempt = parked_.top().attempt;
        parked_.pop();
        Submit(attempt, now);
      } else if (MayBegin()) {
        Submit(Attempt{started_++}, now);
      } else {
        return;
      }
    }
  }

  bool MayBegin() const { return started_ < batch_.count && started_ < delivered_ + options().limits.reorder; }

  void Submit(Attempt attempt, Instant now) {
    const Ticket ticket = fetcher_.next_ticket_++;
    attempt.sent = now;
    in_flight_.emplace(ticket, attempt);
    if (attempt.number == 1) {
      pace().OnFirstAttempt();
      while (!held_.empty() && pace().TakeRetry()) {
        parked_.push(Parked{now, next_sequence_++, held_.front()});
        held_.pop_front();
      }
    }
    ++fetcher_.requests_;
    driver_.Submit(ticket, batch_.request(attempt.index), std::min(now + options().limits.request, fetcher_.deadline_));
  }

  // When something can be done that no completion announces.
  Instant NextEvent() const {
    Instant next = fetcher_.deadline_;
    if (in_flight_.size() >= pace().window()) return next;
    if (!parked_.empty()) next = std::min(next, std::max(parked_.top().at, fetcher_.paused_until_));
    if (started_ < batch_.count && fetcher_.paused_until_ > driver_.Now())
      next = std::min(next, fetcher_.paused_until_);
    return next;
  }

  absl::Status Handle(Attempt attempt, const Completion& completion) {
    const bool had_less_than_its_time = attempt.sent + options().limits.request > fetcher_.deadline_;
    if (IsTimeout(completion) && had_less_than_its_time) return RunDeadline();
    Verdict verdict = Classify(completion.result);
    absl::Status failure;
    if (verdict == Verdict::kAccept) {
      const absl::StatusOr<Answer> answer = batch_.decode(attempt.index, std::get<HttpResponse>(completion.result));
      if (answer.ok()) {
        pace().OnSuccess();
        if (*answer == Answer::kMore) {
          AskNext(attempt.index);
        } else {
          ready_.insert(attempt.index);
        }
        return absl::OkStatus();
      }
      failure = answer.status();
      const bool again = absl::IsDataLoss(failure) && ++attempt.undecodable < kMaxUndecodable;
      verdict = again ? Verdict::kRetry : Verdict::kFail;
    } else {
      failure = StatusOf(attempt.index, completion);
      if (IsGone(completion) && batch_.gone(attempt.index)) {
        AskNext(attempt.index);
        return absl::OkStatus();
      }
    }
    if (verdict == Verdict::kFail) {
      const auto* refusal = std::get_if<HttpResponse>(&completion.result);
      if (refusal == nullptr || !batch_.forgive || !batch_.forgive(attempt.index, *refusal, failure)) return failure;
      ready_.insert(attempt.index);
      return absl::OkStatus();
    }
    if (attempt.number >= options().retry.max_attempts) {
      return absl::Status(failure.code(),
                          fmt::format("{} Gave up after {} attempts.", Message(failure), attempt.number));
    }
    return Park(attempt, verdict, completion, failure);
  }

  // Before what has not begun, so that no more items than needed are open.
  void AskNext(std::size_t index) { parked_.push(Parked{driver_.Now(), next_sequence_++, Attempt{index}}); }

  absl::Status Park(Attempt attempt, Verdict verdict, const Completion& completion, const absl::Status& failure) {
    const Instant now = driver_.Now();
    pace().OnFailure();
    if (verdict == Verdict::kThrottle) {
      pace().OnThrottled(attempt.sent, now);
    } else if (!pace().TakeRetry()) {
      return Hold(attempt, failure);
    }
    const std::optional<absl::Duration> asked = RetryAfterOf(completion, driver_.WallNow());
    const std::uint64_t draw = Draw(options().seed, "retry", batch_.request(attempt.index).target, attempt.number);
    const absl::Duration wait = Backoff(options().retry, verdict, attempt.number, asked, draw);
    if (now + wait >= fetcher_.deadline_) {
      return absl::ResourceExhaustedError(fmt::format(
          "{} The next attempt would be in {}, after this run's time limit.", Message(failure), ToString(wait)));
    }
    if (verdict == Verdict::kThrottle) fetcher_.paused_until_ = std::max(fetcher_.paused_until_, now + wait);
    ++attempt.number;
    parked_.push(Parked{now + wait, next_sequence_++, attempt});
    return absl::OkStatus();
  }

  // Until there is room for it in the budget.
  absl::Status Hold(Attempt attempt, const absl::Status& failure) {
    ++attempt.number;
    held_.push_back(attempt);
    held_for_ = failure;
    return absl::OkStatus();
  }

  // Whether what is held back has no hope of room.
  bool IsSpent() const {
    const bool idle = in_flight_.empty() && parked_.empty() && !MayBegin();
    return !held_.empty() && (idle || fetcher_.pace_.OnlyFails());
  }

  absl::Status BudgetSpent() const {
    return absl::Status(
        held_for_.code(),
        fmt::format("{} Gave up: {} of {} requests had to be repeated already, which is more than passing "
                    "trouble.",
                    Message(held_for_), fetcher_.pace_.retries(), fetcher_.pace_.first_attempts()));
  }

  absl::Status StatusOf(std::size_t index, const Completion& completion) const {
    if (const auto* response = std::get_if<HttpResponse>(&completion.result)) {
      return StatusFromResponse(batch_.what(index), *response);
    }
    return StatusFromFailure(batch_.what(index), std::get<TransportFailure>(completion.result));
  }

  absl::Status DeliverWhatIsReady() {
    while (!ready_.empty() && *ready_.begin() == delivered_) {
      ready_.erase(ready_.begin());
      RETURN_IF_ERROR(batch_.deliver(delivered_));
      ++delivered_;
    }
    return absl::OkStatus();
  }

  absl::Status RunDeadline() const {
    return absl::DeadlineExceededError(fmt::format("the run did not end within {}; {} of {} answers had come",
                                                   ToString(options().limits.run), delivered_ + ready_.size(),
                                                   batch_.count));
  }

  Fetcher& fetcher_;
  Driver& driver_;
  const Batch& batch_;
  std::map<Ticket, Attempt> in_flight_;
  std::priority_queue<Parked, std::vector<Parked>, std::greater<>> parked_;
  std::deque<Attempt> held_;     // for want of budget
  absl::Status held_for_;        // the last of their failures
  std::set<std::size_t> ready_;  // decoded, not delivered
  std::size_t started_ = 0;
  std::size_t delivered_ = 0;
  std::uint64_t next_sequence_ = 0;
};

Fetcher::Fetcher(Driver& driver, const FetchOptions& options)
    : driver_(driver),
      options_(options),
      deadline_(driver.Now() + options.limits.run),
      pace_(options.retry, std::max<std::size_t>(options.limits.in_flight, 1)) {}

absl::Status Fetcher::Run(const Batch& batch) { return BatchRun(*this, batch).Run(); }

}  // namespace connector
