#include "tests/judge/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace testing_util {
namespace {

using mock_registry::Change;
using mock_registry::Effect;
using mock_registry::Limit;
using mock_registry::Pagination;
using mock_registry::Rule;
using mock_registry::Scenario;
using mock_registry::Step;

// The words of the language, each group in the order of its enum.
const std::vector<std::string> kStyles = {"none", "page", "offset", "cursor", "link", "urls"};
const std::vector<std::string> kLast = {"omit-next", "null-next", "empty-page", "repeat-last"};
const std::vector<std::string> kNext = {"onward", "repeats", "foreign"};
const std::vector<std::string> kModels = {"bucket", "fixed window", "sliding window", "concurrent"};
const std::vector<std::string> kKeys = {"token", "address", "operation", "all"};
const std::vector<std::string> kRetryAfter = {"seconds", "http-date", "absent", "zero", "negative", "huge"};
const std::vector<std::string> kDialects = {"", "ratelimit", "x-ratelimit"};
const std::vector<std::string> kResets = {"seconds", "epoch-seconds", "epoch-ms", "http-date"};
const std::vector<std::string> kChanges = {"addMember", "setRole",        "removeMember", "addTeam",     "removeTeam",
                                           "addToTeam", "removeFromTeam", "revokeToken",  "rotateToken", "churn"};
// What a client that reads, and has a token, may be refused for. The others are in registry_test.
const std::vector<std::string> kRefusals = {"auth.unknown", "auth.revoked",  "auth.expired", "auth.scope",
                                            "auth.view",    "auth.outsider", "auth.address", "auth.bypass2fa",
                                            "otp.header",   "otp.text",      "otp.web"};
const std::vector<std::string> kMoments = {"at a time", "every", "before a request", "after a reply", "after a page"};

template <typename Enum>
const std::string& Word(const std::vector<std::string>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

std::string NameOf(const Effect& effect) {
  const std::string& name = Word(mock_registry::EffectNames(), effect.kind);
  return mock_registry::VariantsOf(effect.kind).empty() ? name : fmt::format("{} {}", name, effect.variant);
}

std::vector<std::string> TroublesOf(const Limit& limit) {
  std::vector<std::string> troubles = {"limit " + Word(kModels, limit.model), "limit by " + Word(kKeys, limit.key),
                                       "retry-after " + Word(kRetryAfter, limit.retry_after),
                                       limit.html ? "limit's body html" : "limit's body json"};
  if (!limit.cost.empty()) troubles.push_back("limit with costs");
  if (limit.headers != Limit::Dialect::kNone) {
    troubles.push_back("headers " + Word(kDialects, limit.headers));
    troubles.push_back("reset " + Word(kResets, limit.reset));
  }
  return troubles;
}

std::vector<std::string> TroublesOf(const Pagination& dialect) {
  std::vector<std::string> troubles = {
      "pages " + Word(kStyles, dialect.style), "last page " + Word(kLast, dialect.last),
      "next page " + Word(kNext, dialect.next), dialect.snapshot ? "pages of a snapshot" : "pages that are live",
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
  const auto add = [&](const std::string& prefix, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      if (!word.empty()) rows_[prefix + word];
    }
  };
  for (std::size_t i = 0; i < mock_registry::EffectNames().size(); ++i) {
    const std::string& name = mock_registry::EffectNames()[i];
    const std::vector<std::string>& variants = mock_registry::VariantsOf(static_cast<Effect::Kind>(i));
    if (variants.empty()) add("fault ", {name});
    add(fmt::format("fault {} ", name), variants);
  }
  add("pages ", kStyles);
  add("last page ", kLast);
  add("next page ", kNext);
  add("", {"pages of a snapshot", "pages that are live", "pages with a total", "pages without a total", "an empty page",
           "cursors that expire", "limit's body html", "limit's body json", "limit with costs"});
  add("limit ", kModels);
  add("limit by ", kKeys);
  add("retry-after ", kRetryAfter);
  add("headers ", kDialects);
  add("reset ", kResets);
  add("refusal ", kRefusals);
  add("change ", kChanges);
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
    Count("change " + Word(kChanges, step.change.kind), "", outcome);
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
