#include "mock_registry/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "connector/access/digest.h"
#include "connector/core/rng.h"
#include "mock_registry/registry/damage.h"
#include "mock_registry/registry/documents.h"
#include "mock_registry/registry/roster.h"
#include "mock_registry/transport/wire.h"

namespace mock_registry {
namespace {

using connector::Draw;
using connector::HttpRequest;
using connector::Instant;
using connector::ToUnit;

constexpr std::size_t kShownDifferences = 8;
constexpr double kNormal99 = 2.3263478740408408;  // the 99th percentile of the standard normal distribution

std::string AtMost(std::uint64_t most, std::uint64_t got) {
  return fmt::format("expected at most {}, got {}", most, got);
}
std::string AtLeast(std::uint64_t least, std::uint64_t got) {
  return fmt::format("expected at least {}, got {}", least, got);
}

void CheckRange(const std::string& what, const Range& range, std::uint64_t got, Verdict& verdict) {
  if (range.min <= got && got <= range.max) return;
  verdict.misses.push_back({what, range.min == range.max ? fmt::format("expected {}, got {}", range.min, got)
                                  : got < range.min      ? AtLeast(range.min, got)
                                                         : AtMost(range.max, got)});
}

void SendPacked(Reply& reply) {
  if (reply.packed == nullptr) return;
  reply.response.body = *reply.packed;
  SetHeader(reply.response, "content-encoding", "gzip");
  SetHeader(reply.response, "vary", "accept-encoding");
}

constexpr int kFound = 302;

std::string Location(std::string_view variant, const HttpRequest& request) {
  if (variant == "foreign-host") return fmt::format("{}{}", kForeignHost, request.target);
  return variant == "loop" ? request.target : request.target + "#elsewhere";
}

std::string RandomBytes(std::uint64_t seed, const RequestFacts& facts, std::size_t count) {
  std::string bytes;
  for (std::uint64_t i = 0; bytes.size() < count; ++i) {
    const std::uint64_t draw = Draw(seed, "garbage", fmt::format("{} {}", facts.number, facts.request->target), i);
    for (int shift = 0; shift < 64 && bytes.size() < count; shift += 8) bytes += static_cast<char>(draw >> shift);
  }
  return bytes;
}

}  // namespace

World::World(Scenario scenario, absl::Duration grace)
    : scenario_(std::move(scenario)),
      registry_(scenario_),
      rules_(scenario_.faults, scenario_.seed),
      limiter_(scenario_.limits, scenario_.clock.start),
      conduct_(scenario_.expect.conduct, grace),
      truth_(registry_.first_org()),
      steps_done_(scenario_.timeline.size(), 0) {}

Reply World::Handle(const HttpRequest& request, Arrival arrival) {
  const Instant now = arrival.at;
  RequestFacts facts;
  facts.connection = arrival.nth_on_connection;
  facts.number = journal_.total() + 1;
  facts.at = now;
  facts.request = &request;
  facts.route = FindRoute(request);
  if (const auto& route = facts.route) {
    facts.operation = route->operation;
    facts.org = route->org;
    facts.team = route->team;
  } else if (unmatched_count_++ == 0) {
    unmatched_ = fmt::format("request #{}, {} {}", facts.number, request.method, request.target);
  }
  facts.page = registry_.PageOf(facts.operation, request.target);
  facts.nth = ++nth_[facts.operation];
  const std::string client = registry_.ClientOf(request);
  facts.token = client == "none" || client == "unknown" ? "" : client;
  facts.attempt = conduct_.Attempt(client, request.target, now);
  ApplyTimeline(facts, /*sent=*/false);
  conduct_.OnRequest(facts, client);

  Record& record = journal_.Begin();
  const Demand demand{client, std::string(connector::FindHeader(request.headers, "x-forwarded-for").value_or("")),
                      facts.operation};
  Reply reply = Decide(facts, demand, record);
  reply.delay += Latency(facts);
  const Instant sent_at = now + reply.delay + TransferTime(reply);
  if (record.effect != "limit") limiter_.Working(demand, sent_at);
  for (auto& header : limiter_.HeadersFor(demand, now)) reply.response.headers.push_back(std::move(header));
  conduct_.OnReply(facts, client, reply, sent_at);
  while (!in_flight_.empty() && in_flight_.top() <= now) in_flight_.pop();
  in_flight_.push(sent_at);
  in_flight_peak_ = std::max(in_flight_peak_, in_flight_.size());

  if (!record.rule.empty()) reply.response.headers.emplace_back("x-mock-rule", record.rule);
  record.number = facts.number;
  record.at = now;
  record.method = request.method;
  record.target = request.target;
  record.operation = facts.operation;
  record.token = client;
  record.attempt = facts.attempt;
  const bool nothing = reply.fault.instead || reply.fault.refuse || reply.fault.reset_after == 0u;
  record.status = nothing ? 0 : reply.response.status;
  record.bytes = reply.fault.instead ? reply.fault.instead->size() : reply.response.body.size();
  record.sent_at = sent_at;
  journal_.Write();
  ApplyTimeline(facts, /*sent=*/true);
  return reply;
}

Reply World::Decide(const RequestFacts& facts, const Demand& demand, Record& record) {
  if (auto rejection = limiter_.Take(demand, facts.at)) {
    record.rule = rejection->limit->id;
    record.effect = "limit";
    return std::move(rejection->reply);
  }
  const Decision decision = rules_.Decide(facts);
  if (decision.rule != nullptr) {
    record.rule = decision.rule->id;
    record.draw = decision.draw;
    return Apply(*decision.rule, facts, record);
  }
  Reply reply = Answer(facts);
  record.effect = reply.refusal;
  return reply;
}

Reply World::Answer(const RequestFacts& facts) {
  Reply reply = registry_.Handle(*facts.request, facts.route, facts.at);
  if (reply.changed) truth_.Add(registry_.first_org());
  const bool whole = reply.response.status == 200 && reply.refusal.empty() && reply.newest;
  if (whole && facts.org == registry_.first_org().name) truth_.Answered(facts.operation, facts.team);
  SendPacked(reply);
  return reply;
}

Reply World::Apply(const Rule& rule, const RequestFacts& facts, Record& record) {
  using Kind = Effect::Kind;
  const Effect& effect = rule.then;
  record.effect = EffectNames()[static_cast<std::size_t>(effect.kind)];
  Reply reply;
  switch (effect.kind) {
    case Kind::kStatus:
      reply = AnswerStatus(effect);
      break;
    case Kind::kRedirect:
      reply.response = ErrorDocument(kFound);
      reply.response.headers.emplace_back("location", Location(effect.variant, *facts.request));
      break;
    case Kind::kNone:
    case Kind::kStall:
    case Kind::kDribble:
    case Kind::kWrongType:
    case Kind::kDuplicateHeader:
      reply = Answer(facts);
      break;
    default:
      // What is damaged on its way does not count as answered.
      reply = registry_.Handle(*facts.request, facts.route, facts.at);
      reply.damaged = true;
      // These two damage the document itself.
      if (effect.kind != Kind::kJson && effect.kind != Kind::kCorruptGzip) SendPacked(reply);
  }
  Damage(effect, facts, reply);
  reply.delay = effect.delay;
  return reply;
}

Reply World::AnswerStatus(const Effect& effect) {
  Reply reply{ErrorDocument(effect.status)};
  if (effect.body) {
    reply.response.body = *effect.body;
    reply.damaged = true;
  }
  for (const auto& [name, value] : effect.headers) SetHeader(reply.response, name, value);
  if (effect.retry_after) {
    reply.response.headers.emplace_back("retry-after", fmt::to_string(absl::ToInt64Seconds(*effect.retry_after)));
  }
  return reply;
}

void World::Damage(const Effect& effect, const RequestFacts& facts, Reply& reply) const {
  using Kind = Effect::Kind;
  connector::HttpResponse& response = reply.response;
  const std::size_t size = response.body.size();
  const auto bytes = static_cast<std::size_t>(effect.bytes);
  switch (effect.kind) {
    case Kind::kReset:
      reply.fault.reset_after = bytes;
      break;
    case Kind::kClose:
      reply.fault.close_after = bytes;
      break;
    case Kind::kTruncate: {
      const auto at = effect.fraction ? static_cast<std::size_t>(*effect.fraction * static_cast<double>(size)) : bytes;
      if (at < size) reply.fault.truncate_at = at;
      break;
    }
    case Kind::kEmpty:
      reply.fault.instead = "";
      break;
    case Kind::kGarbage:
      reply.fault.instead = RandomBytes(scenario_.seed, facts, bytes);
      break;
    case Kind::kStall:
      reply.fault.stall_after = bytes;
      reply.fault.pause = effect.pause;
      break;
    case Kind::kDribble:
      reply.fault.dribble = bytes;
      reply.fault.pause = effect.pause;
      break;
    case Kind::kMalformedChunk:
      reply.fault.malformed_chunk = true;
      break;
    case Kind::kBadLength:
      reply.fault.length_delta = effect.delta;
      break;
    case Kind::kDuplicateHeader: {
      const auto own = connector::FindHeader(response.headers, effect.variant);
      reply.fault.extra_header.emplace(effect.variant,
                                       effect.value.value_or(own ? std::string(*own) : fmt::to_string(size)));
      reply.damaged = effect.value.has_value();
      break;
    }
    case Kind::kGiantHeader:
      response.headers.emplace_back("x-giant", std::string(bytes, 'g'));
      break;
    case Kind::kCorruptGzip:
      response.body = DamageGzip(effect.variant, response.body);
      SetHeader(response, "content-encoding", "gzip");
      break;
    case Kind::kWrongType:
      SetHeader(response, "content-type", effect.variant);
      break;
    case Kind::kRefuse:
      reply.fault.refuse = true;
      break;
    case Kind::kJson:
      response.body = DamageJson(effect.variant, response.body);
      break;
    case Kind::kNone:
    case Kind::kStatus:
    case Kind::kRedirect:
      break;
  }
}

absl::Duration World::Latency(const RequestFacts& facts) const {
  const Distribution& latency = scenario_.latency;
  const auto unit = [&](const char* purpose) {
    return ToUnit(Draw(scenario_.seed, purpose, facts.request->target, facts.attempt));
  };
  switch (latency.kind) {
    case Distribution::Kind::kUniform:
      return latency.low + (latency.high - latency.low) * unit("latency");
    case Distribution::Kind::kLogNormal: {
      // Box and Muller.
      const double normal =
          std::sqrt(-2 * std::log(1 - unit("latency"))) * std::cos(2 * std::numbers::pi * unit("phase"));
      const double sigma = std::log(absl::FDivDuration(latency.high, latency.low)) / kNormal99;
      return absl::Trunc(latency.low * std::exp(sigma * normal), absl::Microseconds(1));
    }
    case Distribution::Kind::kFixed:
      break;
  }
  return latency.low;
}

void World::ApplyTimeline(const RequestFacts& facts, bool sent) {
  for (std::size_t i = 0; i < scenario_.timeline.size(); ++i) {
    const Step& step = scenario_.timeline[i];
    while (steps_done_[i] < step.times && IsDue(step, steps_done_[i], facts, sent)) {
      MakeChange(step.change, steps_done_[i]++);
    }
  }
}

bool World::IsDue(const Step& step, std::uint64_t times, const RequestFacts& facts, bool sent) {
  const Moment& at = step.at;
  if (!sent) {
    if (at.time) return facts.at.since_start() >= *at.time + step.every * static_cast<std::int64_t>(times);
    return at.request == facts.number && times == 0;
  }
  if (at.sent_operation != facts.operation || (!at.sent_team.empty() && at.sent_team != facts.team)) return false;
  return at.sent_page != 0 ? at.sent_page == facts.page : at.sent_nth == facts.nth;
}

void World::MakeChange(const mock_registry::Change& change, std::uint64_t round) {
  if (change.kind == mock_registry::Change::Kind::kChurn) {
    const std::string keep = scenario_.tokens.empty() ? "" : scenario_.tokens.front().user;
    for (const auto& each : Churn(change, registry_.first_org(), keep, scenario_.seed, round)) registry_.Change(each);
  } else {
    registry_.Change(change);
  }
  truth_.Add(registry_.first_org());
}

Verdict World::Judge(const ClientResult* result) const {
  Verdict verdict;
  if (result != nullptr) JudgeResult(*result, verdict);
  JudgeRequests(verdict);
  JudgeRules(verdict);
  for (const ConductWatch::Violation& violation : conduct_.violations()) {
    const std::string more = violation.more > 0 ? fmt::format(" (and {} more)", violation.more) : "";
    verdict.misses.push_back({"expect.conduct." + violation.rule, violation.what + more});
  }
  if (unmatched_count_ > 0) {
    verdict.misses.push_back(
        {"operations", fmt::format("{} has no operation (of {} such requests)", unmatched_, unmatched_count_)});
  }
  return verdict;
}

void World::JudgeResult(const ClientResult& result, Verdict& verdict) const {
  const Expectations& expect = scenario_.expect;
  const auto miss = [&](const char* expectation, std::string message) {
    verdict.misses.push_back({expectation, std::move(message)});
  };
  constexpr std::string_view kOutcomes[] = {"ok", "error", "incomplete"};
  const Outcome outcome = result.status.ok()  ? Outcome::kOk
                          : result.incomplete ? Outcome::kIncomplete
                                              : Outcome::kError;
  if (outcome != expect.outcome) {
    miss("expect.outcome", fmt::format("expected {}, got {}{}{}", kOutcomes[static_cast<std::size_t>(expect.outcome)],
                                       kOutcomes[static_cast<std::size_t>(outcome)], result.status.ok() ? "" : ": ",
                                       connector::Message(result.status)));
  } else if (!result.status.ok()) {
    if (expect.error_class && *expect.error_class != result.status.code()) {
      miss("expect.error.class", fmt::format("expected {}, got {}: {}", NameOf(*expect.error_class),
                                             NameOf(result.status.code()), connector::Message(result.status)));
    }
    if (!expect.error_message.empty() && !MatchesGlob(expect.error_message, connector::Message(result.status))) {
      miss("expect.error.message",
           fmt::format("expected \"{}\", got \"{}\"", expect.error_message, connector::Message(result.status)));
    }
  }
  if (expect.conduct.no_partial_publish && !result.partial_publish.empty()) {
    miss("expect.conduct.noPartialPublish", result.partial_publish);
  }
  if (result.graph) {
    std::vector<std::string> differences = truth_.Compare(*result.graph, expect.snapshot, result.incomplete);
    if (!differences.empty()) {
      const std::size_t count = differences.size();
      differences.resize(std::min(count, kShownDifferences));
      miss("expect.snapshot", fmt::format("{} facts differ\n{}{}", count, fmt::join(differences, "\n"),
                                          count > kShownDifferences ? "\n..." : ""));
    }
    const std::pair<const char*, std::size_t> counts[] = {{"members", result.graph->users.size()},
                                                          {"teams", result.graph->teams.size()},
                                                          {"grants", result.graph->grants.size()}};
    for (const auto& [name, count] : counts) {
      const auto wanted = expect.counts.find(name);
      if (wanted != expect.counts.end())
        CheckRange(fmt::format("expect.counts.{}", name), wanted->second, count, verdict);
    }
    const std::string digest = expect.digest.empty() ? "" : connector::GraphDigest(*result.graph);
    if (digest != expect.digest) miss("expect.digest", fmt::format("expected {}, got {}", expect.digest, digest));
  }
  if (result.duration < expect.min_time || result.duration > expect.max_time) {
    miss("expect.virtualTime", fmt::format("expected {} to {}, got {}", connector::ToString(expect.min_time),
                                           connector::ToString(expect.max_time), connector::ToString(result.duration)));
  }
  if (result.in_flight > expect.max_in_flight) {
    miss("expect.requests.inFlight", AtMost(expect.max_in_flight, result.in_flight));
  }
}

void World::JudgeRequests(Verdict& verdict) const {
  const Expectations& expect = scenario_.expect;
  CheckRange("expect.requests", expect.requests, journal_.total(), verdict);
  for (const auto& [operation, range] : expect.requests_per_op) {
    const auto count = nth_.find(operation);
    CheckRange("expect.requests.perOp." + operation, range, count == nth_.end() ? 0 : count->second, verdict);
  }
  if (in_flight_peak_ > expect.max_in_flight && !verdict.Misses("expect.requests.inFlight")) {
    verdict.misses.push_back({"expect.requests.inFlight", AtMost(expect.max_in_flight, in_flight_peak_)});
  }
}

void World::JudgeRules(Verdict& verdict) const {
  for (const auto& [id, range] : scenario_.expect.rules) {
    const std::uint64_t fired = rules_.fired(id) + limiter_.rejected(id);
    const std::size_t before = verdict.misses.size();
    CheckRange("expect.rules." + id, range, fired, verdict);
    const std::string near_miss = fired == 0 ? rules_.NearMiss(id) : "";
    if (verdict.misses.size() > before && !near_miss.empty()) verdict.misses.back().message += "\n" + near_miss;
  }
  for (std::size_t i = 0; i < steps_done_.size(); ++i) {
    if (steps_done_[i] < scenario_.timeline[i].times)
      verdict.misses.push_back({fmt::format("timeline[{}]", i), "its moment never came"});
  }
}

}  // namespace mock_registry
