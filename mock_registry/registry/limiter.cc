#include "mock_registry/registry/limiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "mock_registry/registry/documents.h"

namespace mock_registry {
namespace {

using connector::Instant;
using Model = Limit::Model;

constexpr std::int64_t kHugeRetryAfter = 10'000'000'000;  // seconds, three centuries

std::string HttpDate(absl::Time time) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", time, absl::UTCTimeZone());
}

absl::Time CeilToSecond(absl::Time time) {
  return absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), absl::Seconds(1));
}

std::uint64_t CostOf(const Limit& limit, const Demand& demand) {
  const auto found = limit.cost.find(demand.operation);
  return found == limit.cost.end() ? 1 : found->second;
}

const std::string& KeyOf(const Limit& limit, const Demand& demand) {
  static const std::string& all = *new std::string();
  switch (limit.key) {
    case Limit::Key::kToken:
      return demand.client;
    case Limit::Key::kAddress:
      return demand.address;
    case Limit::Key::kOperation:
      return demand.operation;
    case Limit::Key::kAll:
      break;
  }
  return all;
}

// As a content delivery network words it, with nothing that a program could read.
constexpr std::string_view kPage =
    "<!DOCTYPE html>\n<html><head><title>Access denied | registry.example.com used a network to restrict access</title>"
    "</head><body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>\n";

}  // namespace

Limiter::Account& Limiter::AccountOf(const Limit& limit, const Demand& demand, Instant now) {
  const auto [found, is_new] = accounts_.try_emplace({limit.id, KeyOf(limit, demand)});
  Account& account = found->second;
  switch (limit.model) {
    case Model::kBucket: {
      const auto capacity = static_cast<double>(limit.capacity);
      const double elapsed = absl::ToDoubleSeconds(now - account.since);
      account.level = is_new ? capacity : std::min(capacity, account.level + elapsed * limit.refill_per_second);
      account.since = now;
      break;
    }
    case Model::kFixedWindow: {
      const Instant start(absl::Floor(now.since_start(), limit.every));
      if (account.since < start) account.used = 0;
      account.since = start;
      break;
    }
    case Model::kSlidingWindow:
    case Model::kConcurrent: {
      const absl::Duration age = limit.model == Model::kConcurrent ? absl::ZeroDuration() : limit.every;
      const auto gone = [&](const auto& taken) { return taken.first + age <= now; };
      for (const auto& taken : account.taken) account.used -= gone(taken) ? taken.second : 0;
      std::erase_if(account.taken, gone);
      break;
    }
  }
  return account;
}

absl::Duration Limiter::WaitFor(const Limit& limit, const Account& account, std::uint64_t cost, Instant now) {
  if (limit.model == Model::kBucket) {
    const double lacking = static_cast<double>(cost) - account.level;
    return lacking <= 0 ? absl::ZeroDuration() : absl::Seconds(lacking / limit.refill_per_second);
  }
  if (account.used + cost <= limit.capacity) return absl::ZeroDuration();
  if (limit.model == Model::kFixedWindow) return account.since + limit.every - now;
  // Nobody knows how long the others will work.
  if (limit.model == Model::kConcurrent) return absl::Seconds(1);
  std::uint64_t used = account.used;
  for (const auto& [at, taken] : account.taken) {
    used -= taken;
    if (used + cost <= limit.capacity) return at + limit.every - now;
  }
  return limit.every;
}

Limiter::Standing Limiter::StandingOf(const Limit& limit, const Account& account, Instant now) {
  switch (limit.model) {
    case Model::kBucket:
      return {static_cast<std::uint64_t>(account.level),
              absl::Seconds((static_cast<double>(limit.capacity) - account.level) / limit.refill_per_second)};
    case Model::kFixedWindow:
      return {limit.capacity - account.used, account.since + limit.every - now};
    case Model::kSlidingWindow:
      return {limit.capacity - account.used,
              account.taken.empty() ? absl::ZeroDuration() : account.taken.front().first + limit.every - now};
    case Model::kConcurrent:
      break;
  }
  return {limit.capacity - account.used, absl::ZeroDuration()};
}

Reply Limiter::Reject(const Limit& limit, absl::Duration wait, Instant now) const {
  Reply reply{ErrorDocument(limit.status)};
  if (limit.html) {
    reply.response.body = kPage;
    reply.response.headers = {{"content-type", "text/html; charset=UTF-8"}, {"cache-control", "no-store"}};
  }
  std::string value;
  const absl::Duration seconds = std::max(absl::Ceil(wait, absl::Seconds(1)), absl::Seconds(1));
  switch (limit.retry_after) {
    case Limit::RetryAfter::kSeconds:
      reply.pause = seconds;
      value = fmt::to_string(absl::ToInt64Seconds(seconds));
      break;
    case Limit::RetryAfter::kHttpDate: {
      const absl::Time wall = start_ + now.since_start();
      const absl::Time date = CeilToSecond(wall + wait);
      reply.pause = date - wall;
      value = HttpDate(date);
      break;
    }
    case Limit::RetryAfter::kAbsent:
      return reply;
    case Limit::RetryAfter::kZero:
      value = "0";
      break;
    case Limit::RetryAfter::kNegative:
      value = "-1";
      break;
    case Limit::RetryAfter::kHuge:
      reply.pause = absl::Seconds(kHugeRetryAfter);
      value = fmt::to_string(kHugeRetryAfter);
      break;
  }
  reply.response.headers.emplace_back("retry-after", value);
  return reply;
}

std::optional<Limiter::Rejection> Limiter::Take(const Demand& demand, Instant now) {
  for (std::size_t i = 0; i < limits_.size(); ++i) {
    const Limit& limit = limits_[i];
    const absl::Duration wait = WaitFor(limit, AccountOf(limit, demand, now), CostOf(limit, demand), now);
    if (wait <= absl::ZeroDuration()) continue;
    ++rejected_[i];
    return Rejection{&limit, Reject(limit, wait, now)};
  }
  for (const Limit& limit : limits_) {
    if (limit.model == Model::kConcurrent) continue;
    Account& account = accounts_.at({limit.id, KeyOf(limit, demand)});
    const std::uint64_t cost = CostOf(limit, demand);
    account.level -= static_cast<double>(cost);
    account.used += cost;
    if (limit.model == Model::kSlidingWindow) account.taken.emplace_back(now, cost);
  }
  return std::nullopt;
}

void Limiter::Working(const Demand& demand, Instant until) {
  for (const Limit& limit : limits_) {
    if (limit.model != Model::kConcurrent) continue;
    Account& account = accounts_.at({limit.id, KeyOf(limit, demand)});
    const std::uint64_t cost = CostOf(limit, demand);
    account.used += cost;
    account.taken.emplace_back(until, cost);
  }
}

connector::Headers Limiter::HeadersFor(const Demand& demand, Instant now) {
  connector::Headers headers;
  for (const Limit& limit : limits_) {
    if (limit.headers == Limit::Dialect::kNone) continue;
    const Standing standing = StandingOf(limit, AccountOf(limit, demand, now), now);
    const absl::Time reset = CeilToSecond(start_ + now.since_start() + standing.until_reset);
    const std::string prefix = limit.headers == Limit::Dialect::kXRateLimit ? "x-ratelimit-" : "ratelimit-";
    headers.emplace_back(prefix + "limit", fmt::to_string(limit.capacity));
    headers.emplace_back(prefix + "remaining", fmt::to_string(standing.remaining));
    std::string text;
    switch (limit.reset) {
      case Limit::Reset::kSeconds:
        text = fmt::to_string(absl::ToInt64Seconds(absl::Ceil(standing.until_reset, absl::Seconds(1))));
        break;
      case Limit::Reset::kEpochSeconds:
        text = fmt::to_string(absl::ToUnixSeconds(reset));
        break;
      case Limit::Reset::kEpochMilliseconds:
        text = fmt::to_string(absl::ToUnixMillis(reset));
        break;
      case Limit::Reset::kHttpDate:
        text = HttpDate(reset);
        break;
    }
    headers.emplace_back(prefix + "reset", text);
  }
  return headers;
}

std::uint64_t Limiter::rejected(const std::string& limit) const {
  for (std::size_t i = 0; i < limits_.size(); ++i) {
    if (limits_[i].id == limit) return rejected_[i];
  }
  return 0;
}

}  // namespace mock_registry
