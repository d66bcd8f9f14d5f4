#include "mock_registry/registry/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "connector/core/rng.h"
#include "mock_registry/registry/router.h"

namespace mock_registry {
namespace {

std::string Describe(const NumberSet& numbers) {
  if (!numbers.values.empty()) return fmt::format("{}", fmt::join(numbers.values, " or "));
  if (numbers.up_to == NumberSet().up_to) return fmt::format(">= {}", numbers.from);
  return fmt::format("{} to {}", numbers.from, numbers.up_to);
}

// Calls visit(name, holds, wanted, seen) for each criterion that is asked for; the last two make the texts.
template <typename Visit>
void ForEachCriterion(const Criteria& when, const RequestFacts& facts, const Visit& visit) {
  const auto text = [&](const char* name, const std::optional<Texts>& wanted, const std::string& seen) {
    if (wanted)
      visit(
          name, MatchesAny(*wanted, seen), [&] { return fmt::format("{}", fmt::join(*wanted, " or ")); },
          [&] { return seen; });
  };
  const auto number = [&](const char* name, const std::optional<NumberSet>& wanted, std::uint64_t seen) {
    if (wanted)
      visit(
          name, wanted->Contains(seen), [&] { return Describe(*wanted); }, [&] { return fmt::to_string(seen); });
  };
  text("op", when.op, facts.operation);
  text("org", when.org, facts.org);
  text("team", when.team, facts.team);
  text("token", when.token, facts.token);
  number("page", when.page, facts.page);
  if (when.cursor) text("cursor", when.cursor, QueryValue(facts.request->target, "cursor"));
  number("nth", when.nth, facts.nth);
  number("attempt", when.attempt, facts.attempt);
  number("request", when.request, facts.number);
  number("connection", when.connection, facts.connection);
  const absl::Duration at = facts.at.since_start();
  const auto time = [&] { return connector::ToString(at); };
  if (when.after > absl::ZeroDuration())
    visit(
        "after", at >= when.after, [&] { return connector::ToString(when.after); }, time);
  if (when.before < absl::InfiniteDuration())
    visit(
        "before", at < when.before, [&] { return connector::ToString(when.before); }, time);
  for (const auto& [name, wanted] : when.header) {
    const auto value = connector::FindHeader(facts.request->headers, name);
    text(("header " + name).c_str(), wanted, value ? std::string(*value) : "");
  }
  for (const auto& [name, wanted] : when.query) {
    text(("query " + name).c_str(), wanted, QueryValue(facts.request->target, name));
  }
}

std::string Table(const Rule& rule, const RequestFacts& facts) {
  std::string table = fmt::format("Closest request to rule \"{}\": #{} at {}", rule.id, facts.number,
                                  connector::ToString(facts.at.since_start()));
  ForEachCriterion(rule.when, facts, [&](std::string_view name, bool holds, const auto& wanted, const auto& seen) {
    table += fmt::format("\n  {:<12} {:<24} ", name, wanted());
    table += holds ? seen() : fmt::format("{:<24} <<<<< differs", seen());
  });
  return table;
}

}  // namespace

RuleBook::RuleBook(const std::vector<Rule>& rules, std::uint64_t seed)
    : rules_(rules), seed_(seed), states_(rules.size()) {}

Decision RuleBook::Decide(const RequestFacts& facts) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    State& state = states_[i];
    std::size_t held = 1;
    bool all = true;
    ForEachCriterion(rule.when, facts, [&](std::string_view, bool holds, const auto&, const auto&) {
      held += holds ? 1 : 0;
      all = all && holds;
    });
    if (!all) {
      if (state.fired == 0 && held > state.closest) {
        state.closest = held;
        state.near_miss = Table(rule, facts);
      }
      continue;
    }
    if (++state.matched % rule.often.every != 0 || state.fired >= rule.often.max) continue;
    Decision decision{&rule, std::nullopt};
    if (rule.often.probability < 1) {
      decision.draw = connector::ToUnit(connector::Draw(
          seed_, "fault " + rule.id, fmt::format("{} {}", facts.operation, facts.request->target), facts.attempt));
      if (*decision.draw >= rule.often.probability) continue;
    }
    ++state.fired;
    return decision;
  }
  return {};
}

std::uint64_t RuleBook::fired(const std::string& id) const {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].id == id) return states_[i].fired;
  }
  return 0;
}

std::string RuleBook::NearMiss(const std::string& id) const {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].id == id) return states_[i].near_miss;
  }
  return "";
}

}  // namespace mock_registry
