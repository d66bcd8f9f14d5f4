#include "mock_registry/scenario/expect_reader.h"

#include <algorithm>
#include <charconv>

#include "mock_registry/scenario/behaviour_reader.h"

namespace mock_registry {
namespace {

void CheckOrder(const Range& range, const JsonNode& node, const std::string& path, Problems& problems) {
  if (range.min > range.max) {
    problems.Add(node.position, path, fmt::format("the minimum {} is above the maximum {}", range.min, range.max));
  }
}

// A number, or [min, max].
Range ReadPair(const JsonNode& node, const std::string& path, Problems& problems) {
  Range range;
  if (node.kind == JsonNode::Kind::kArray && node.items.size() == 2) {
    range.min = ReadCount(node.items[0], path, problems).value_or(0);
    range.max = ReadCount(node.items[1], path, problems).value_or(range.max);
    CheckOrder(range, node, path, problems);
  } else {
    range.min = range.max = ReadCount(node, path, problems).value_or(0);
  }
  return range;
}

// The keys min and max of an object.
Range ReadMinMax(ObjectReader& reader) {
  Range range;
  range.min = reader.Count("min").value_or(range.min);
  range.max = reader.Count("max").value_or(range.max);
  return range;
}

Range ReadNumberOrMinMax(const JsonNode& node, const std::string& path, Problems& problems) {
  if (node.kind != JsonNode::Kind::kObject) return ReadPair(node, path, problems);
  ObjectReader reader(node, path, problems);
  const Range range = ReadMinMax(reader);
  CheckOrder(range, node, path, problems);
  return range;
}

void ReadRequests(const JsonNode& node, const std::string& path, Expectations& expect, Problems& problems) {
  ObjectReader reader(node, path, problems);
  expect.requests = ReadMinMax(reader);
  CheckOrder(expect.requests, node, path, problems);
  if (const JsonNode* per_op = reader.Find("perOp")) {
    ObjectReader op_reader(*per_op, reader.PathOf("perOp"), problems);
    for (const std::string& op : OperationNames()) {
      if (const JsonNode* range = op_reader.Find(op))
        expect.requests_per_op[op] = ReadNumberOrMinMax(*range, op_reader.PathOf(op), problems);
    }
  }
  if (const JsonNode* in_flight = reader.Find("inFlight")) {
    ObjectReader in_flight_reader(*in_flight, reader.PathOf("inFlight"), problems);
    expect.max_in_flight = in_flight_reader.Count("max").value_or(expect.max_in_flight);
  }
}

// 2, ">=1" or "any"
Range ReadFirings(const JsonNode& node, const std::string& path, Problems& problems) {
  if (node.kind == JsonNode::Kind::kNumber) return ReadPair(node, path, problems);
  if (node.kind == JsonNode::Kind::kString && node.text == "any") return {};
  Range range;
  const std::string& text = node.text;
  if (node.kind == JsonNode::Kind::kString && text.starts_with(">=")) {
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), range.min);
    if (error == std::errc() && end == text.data() + text.size()) return range;
  }
  problems.Add(node.position, path,
               fmt::format("expected a number, \">=1\" or \"any\", found {}",
                           text.empty() ? std::string(node.KindName()) : text));
  return {};
}

void ReadRules(const JsonNode* node, const std::string& path, Scenario& scenario, Problems& problems) {
  std::vector<std::string> ids;
  for (const Limit& limit : scenario.limits) ids.push_back(limit.id);
  for (const Rule& rule : scenario.faults) ids.push_back(rule.id);
  for (const std::string& id : ids) scenario.expect.rules[id].min = 1;
  if (node == nullptr) return;
  ObjectReader reader(*node, path, problems);
  for (const std::string& id : ids) {
    if (const JsonNode* firings = reader.Find(id))
      scenario.expect.rules[id] = ReadFirings(*firings, reader.PathOf(id), problems);
  }
}

void ReadConduct(const JsonNode& node, const std::string& path, Conduct& conduct, Problems& problems) {
  ObjectReader reader(node, path, problems);
  const auto read = [&](const char* key, bool& value) { value = reader.FlagOr(key, value); };
  read("obeysRetryAfter", conduct.obeys_retry_after);
  read("neverRepeatsCursor", conduct.never_repeats_cursor);
  read("noAuthToForeignHost", conduct.no_auth_to_foreign_host);
  read("noPartialPublish", conduct.no_partial_publish);
  if (reader.Find("retriesOnly") != nullptr) conduct.retries_only.clear();
  reader.ForEachItem("retriesOnly", [&](const JsonNode& status, const std::string& status_path) {
    conduct.retries_only.push_back(ReadCount(status, status_path, problems, 100).value_or(100));
  });
  conduct.max_attempts = reader.CountOr("maxAttempts", conduct.max_attempts, 1);
}

void ReadError(const JsonNode& node, const std::string& path, Expectations& expect, Problems& problems) {
  ObjectReader reader(node, path, problems);
  std::vector<std::string> names;
  for (const auto& [name, code] : StatusCodeNames()) names.push_back(name);
  if (const auto index = reader.Choice("class", names)) expect.error_class = StatusCodeNames()[*index].second;
  expect.error_message = reader.String("message").value_or("");
  if (expect.outcome == Outcome::kOk) {
    problems.Add(node.position, path, "an error is expected, but the outcome is \"ok\"; say \"outcome\": \"error\"");
  }
}

void ReadExpect(ObjectReader& reader, Scenario& scenario, Problems& problems) {
  Expectations& expect = scenario.expect;
  constexpr Outcome kOutcomes[] = {Outcome::kOk, Outcome::kError, Outcome::kIncomplete};
  if (const auto outcome = reader.Choice("outcome", {"ok", "error", "incomplete"}))
    expect.outcome = kOutcomes[*outcome];
  if (const JsonNode* error = reader.Find("error")) ReadError(*error, reader.PathOf("error"), expect, problems);
  constexpr Snapshot kSnapshots[] = {Snapshot::kExact, Snapshot::kStart, Snapshot::kEnd, Snapshot::kAnyConsistent};
  if (const auto snapshot = reader.Choice("snapshot", {"exact", "start", "end", "any-consistent"}))
    expect.snapshot = kSnapshots[*snapshot];
  if (const JsonNode* counts = reader.Find("counts")) {
    ObjectReader counts_reader(*counts, reader.PathOf("counts"), problems);
    for (const char* key : {"members", "teams", "grants"}) {
      if (const JsonNode* count = counts_reader.Find(key))
        expect.counts[key] = ReadPair(*count, counts_reader.PathOf(key), problems);
    }
  }
  expect.digest = reader.String("digest").value_or("");
  if (!expect.digest.empty() &&
      (expect.digest.size() != 64 || expect.digest.find_first_not_of("0123456789abcdef") != std::string::npos)) {
    problems.Add(reader.Find("digest")->position, reader.PathOf("digest"),
                 "expected 64 hex digits in lower case, as npm-connector verify prints them");
  }
  if (const JsonNode* requests = reader.Find("requests"))
    ReadRequests(*requests, reader.PathOf("requests"), expect, problems);
  if (const JsonNode* time = reader.Find("virtualTime")) {
    ObjectReader time_reader(*time, reader.PathOf("virtualTime"), problems);
    expect.min_time = time_reader.Duration("min").value_or(expect.min_time);
    expect.max_time = time_reader.Duration("max").value_or(expect.max_time);
    if (expect.min_time > expect.max_time)
      problems.Add(time->position, reader.PathOf("virtualTime"), "\"min\" is above \"max\"");
  }
  if (const JsonNode* conduct = reader.Find("conduct"))
    ReadConduct(*conduct, reader.PathOf("conduct"), expect.conduct, problems);
}

}  // namespace

void ReadExpectations(ObjectReader& document, Scenario& scenario) {
  const JsonNode* node = document.Find("expect");
  if (node == nullptr) return ReadRules(nullptr, "", scenario, document.problems());
  ObjectReader reader(*node, "expect", document.problems());
  ReadExpect(reader, scenario, document.problems());
  ReadRules(reader.Find("rules"), reader.PathOf("rules"), scenario, document.problems());
}

}  // namespace mock_registry
