// A scenario come alive: the registry with its limits, faults and timeline, the journal of what happened, and the
// judgement of the client that it happened to. No sockets, no clock. For one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "mock_registry/registry/limiter.h"
#include "mock_registry/registry/registry.h"
#include "mock_registry/registry/reply.h"
#include "mock_registry/registry/rules.h"
#include "mock_registry/scenario/scenario.h"
#include "mock_registry/verify/conduct.h"
#include "mock_registry/verify/journal.h"
#include "mock_registry/verify/truth.h"
#include "mock_registry/verify/verdict.h"

namespace mock_registry {

class World {
 public:
  // `grace`: ConductWatch's. The scenario's own seed is what is drawn from.
  explicit World(Scenario scenario, absl::Duration grace = absl::ZeroDuration());
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Reply Handle(const connector::HttpRequest& request, Arrival arrival);

  // Without a result, what only the client knows is not judged.
  Verdict Judge(const ClientResult* result) const;

  const Scenario& scenario() const { return scenario_; }
  Journal& journal() { return journal_; }

 private:
  Reply Decide(const RequestFacts& facts, const Demand& demand, Record& record);
  Reply Answer(const RequestFacts& facts);
  Reply Apply(const Rule& rule, const RequestFacts& facts, Record& record);
  static Reply AnswerStatus(const Effect& effect);
  void Damage(const Effect& effect, const RequestFacts& facts, Reply& reply) const;
  absl::Duration Latency(const RequestFacts& facts) const;
  void ApplyTimeline(const RequestFacts& facts, bool sent);
  // Whether a step that happened so many times happens again.
  static bool IsDue(const Step& step, std::uint64_t times, const RequestFacts& facts, bool sent);
  void MakeChange(const Change& change, std::uint64_t round);
  void JudgeResult(const ClientResult& result, Verdict& verdict) const;
  void JudgeRequests(Verdict& verdict) const;
  void JudgeRules(Verdict& verdict) const;

  const Scenario scenario_;
  Registry registry_;
  RuleBook rules_;
  Limiter limiter_;
  ConductWatch conduct_;
  Truth truth_;
  Journal journal_;
  std::vector<std::uint64_t> steps_done_;
  std::map<std::string, std::uint64_t> nth_;  // requests of an operation so far
  std::string unmatched_;                     // the first request without an operation
  std::uint64_t unmatched_count_ = 0;
  std::priority_queue<connector::Instant, std::vector<connector::Instant>, std::greater<>> in_flight_;
  std::size_t in_flight_peak_ = 0;
};

}  // namespace mock_registry
