#include "tests/judge/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mock_registry/scenario/words.h"

namespace testing_util {
namespace {

using mock_registry::Change;
using mock_registry::Effect;
using mock_registry::Limit;
using mock_registry::Pagination;
using mock_registry::Rule;
using mock_registry::Scenario;
using mock_registry::Step;
namespace words = mock_registry::words;

const std::vector<std::string> kModels = {"bucket", "fixed window", "sliding window", "concurrent"};
// What a client that reads, and has a token, may be refused for. The others are in registry_test.
const std::vector<std::string> kRefusals = {"auth.unknown", "auth.revoked",  "auth.expired", "auth.scope",
                                            "auth.view",    "auth.outsider", "auth.address", "auth.bypass2fa",
                                            "otp.header",   "otp.text",      "otp.web"};
const std::vector<std::string> kMoments = {"at a time", "every", "before a request", "after a reply", "after a page"};

template <typename Enum>
const std::string& Word(const std::vector<std::string>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

std::string NameOf(const Effect& effect) {
  const std::string& name = Word(mock_registry::EffectNames(), effect.kind);
  return mock_registry::VariantsOf(effect.kind).empty() ? name : fmt::format("{} {}", name, effect.variant);
}

std::vector<std::string> TroublesOf(const Limit& limit) {
  std::vector<std::string> troubles = {"limit " + Word(kModels, limit.model),
                                       "limit by " + Word(words::kLimitKeys, limit.key),
                                       "retry-after " + Word(words::kRetryAfter, limit.retry_after),
                                       limit.html ? "limit's body html" : "limit's body json"};
  if (!limit.cost.empty()) troubles.push_back("limit with costs");
  if (limit.headers != Limit::Dialect::kNone) {
    troubles.push_back("headers " + words::kLimitHeaders[static_cast<std::size_t>(limit.headers) - 1]);
    troubles.push_back("reset " + Word(words::kResets, limit.reset));
  }
  return troubles;
}

std::vector<std::string> TroublesOf(const Pagination& dialect) {
  std::vector<std::string> troubles = {
      "pages " + Word(words::kStyles, dialect.style), "last page " + Word(words::kLast, dialect.last),
      "next page " + Word(words::kNext, dialect.next), dialect.snapshot ? "pages of a snapshot" : "pages that are live",
      dialect.total ? "pages with a total" : "pages without a total"};
  if (dialect.empty_page != 0) troubles.emplace_back("an empty page");
  if (dialect.expires != absl::InfiniteDuration()) troubles.emplace_back("cursors that expire");
  return troubles;
}

const std::string& MomentOf(const Step& step) {
  if (step.every > absl::ZeroDuration()) return kMoments[1];
  if (step.at.time) return kMoments[0];
  if (step.at.request != 0) return kMoments[2];
  return step.at.sent_page == 0 ? kMoments[3] : kMoments[4];
}

template <typename Items>
const typename Items::value_type* Find(const Items& items, const std::string& id) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.id == id; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

Coverage::Coverage() {
  const auto add = [&](const std::string& prefix, const std::vector<std::string>& troubles) {
    for (const std::string& word : troubles) rows_[prefix + word];
  };
  for (std::size_t i = 0; i < mock_registry::EffectNames().size(); ++i) {
    const std::string& name = mock_registry::EffectNames()[i];
    const std::vector<std::string>& variants = mock_registry::VariantsOf(static_cast<Effect::Kind>(i));
    if (variants.empty()) add("fault ", {name});
    add(fmt::format("fault {} ", name), variants);
  }
  add("pages ", words::kStyles);
  add("last page ", words::kLast);
  add("next page ", words::kNext);
  add("", {"pages of a snapshot", "pages that are live", "pages with a total", "pages without a total", "an empty page",
           "cursors that expire", "limit's body html", "limit's body json", "limit with costs"});
  add("limit ", kModels);
  add("limit by ", words::kLimitKeys);
  add("retry-after ", words::kRetryAfter);
  add("headers ", words::kLimitHeaders);
  add("reset ", words::kResets);
  add("refusal ", kRefusals);
  add("change ", words::kChanges);
  add("change ", kMoments);
}

void Coverage::Count(const std::string& trouble, const std::string& operation, const std::string& outcome) {
  ++rows_[trouble][operation][outcome];
}

void Coverage::Add(const Scenario& scenario, const JudgedRun& run) {
  const std::string outcome = mock_registry::NameOf(run.status.code());
  for (const std::string& line : run.journal) {
    const auto record = nlohmann::json::parse(line);
    const std::string operation = record.value("op", "");
    const std::string rule = record.value("rule", "");
    const std::string effect = record.value("effect", "");
    if (const Rule* fault = Find(scenario.faults, rule)) Count("fault " + NameOf(fault->then), operation, outcome);
    if (const Limit* limit = Find(scenario.limits, rule)) {
      for (const std::string& trouble : TroublesOf(*limit)) Count(trouble, operation, outcome);
    }
    if (rule.empty() && !effect.empty()) Count("refusal " + effect, operation, outcome);
    const auto dialect = scenario.pagination.find(operation);
    const Pagination one_document;
    for (const std::string& trouble :
         TroublesOf(dialect == scenario.pagination.end() ? one_document : dialect->second)) {
      if (dialect != scenario.pagination.end() || trouble == "pages none") Count(trouble, operation, outcome);
    }
  }
  // A step that did not happen has failed its run.
  for (const Step& step : scenario.timeline) {
    Count("change " + Word(words::kChanges, step.change.kind), "", outcome);
    Count("change " + MomentOf(step), "", outcome);
  }
}

std::string Coverage::Report() const {
  std::string report = fmt::format("{:<28}  {:<14}  {}\n", "trouble", "operation", "deliveries, by how the run ended");
  for (const auto& [trouble, row] : rows_) {
    if (row.empty()) report += fmt::format("{:<28}  NEVER DELIVERED\n", trouble);
    for (const auto& [operation, outcomes] : row) {
      std::vector<std::string> counts;
      for (const auto& [outcome, count] : outcomes) counts.push_back(fmt::format("{} {}", outcome, count));
      report += fmt::format("{:<28}  {:<14}  {}\n", trouble, operation.empty() ? "(timeline)" : operation,
                            fmt::join(counts, ", "));
    }
  }
  return report;
}

std::vector<std::string> Coverage::Missing() const {
  std::vector<std::string> missing;
  for (const auto& [trouble, row] : rows_) {
    if (row.empty()) missing.push_back(trouble);
  }
  return missing;
}

}  // namespace testing_util
