#include "mock_registry/scenario/behaviour_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "mock_registry/scenario/fault_reader.h"
#include "mock_registry/scenario/limit_reader.h"
#include "mock_registry/scenario/pagination_reader.h"
#include "mock_registry/scenario/timeline_reader.h"

namespace mock_registry {
namespace {

void ReadClock(const JsonNode& node, Scenario& scenario, Problems& problems) {
  ObjectReader reader(node, "clock", problems);
  constexpr ClockMode kModes[] = {ClockMode::kVirtual, ClockMode::kReal, ClockMode::kScaled};
  if (const auto mode = reader.Choice("mode", {"virtual", "real", "scaled"})) scenario.clock.mode = kModes[*mode];
  if (const JsonNode* start = reader.Find("start")) {
    scenario.clock.start = ReadTime(*start, reader.PathOf("start"), problems).value_or(scenario.clock.start);
  }
  if (const JsonNode* scale = reader.Find("scale")) {
    const std::string& text = scale->text;
    const char* const last = text.empty() ? text.data() : text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data(), last, scenario.clock.scale);
    if (scale->kind != JsonNode::Kind::kString || !text.ends_with('x') || error != std::errc() || end != last ||
        scenario.clock.scale <= 0) {
      problems.Add(scale->position, reader.PathOf("scale"),
                   fmt::format("expected a factor such as \"60x\", found {}", text));
    }
  }
}

void ReadNetwork(const JsonNode& node, Scenario& scenario, Problems& problems) {
  ObjectReader reader(node, "network", problems);
  if (const JsonNode* keep_alive = reader.Find("keepAlive")) {
    ObjectReader inner(*keep_alive, reader.PathOf("keepAlive"), problems);
    inner.Require("maxRequests");
    scenario.requests_per_connection = inner.CountOr("maxRequests", 1, 1);
  }
  scenario.gzip = reader.Choice("compression", {"none", "gzip"}) == 1u;
  const JsonNode* latency = reader.Find("latency");
  if (latency == nullptr) return;
  const std::string path = reader.PathOf("latency");
  Distribution& distribution = scenario.latency;
  if (latency->kind != JsonNode::Kind::kObject) {
    distribution.low = ReadDuration(*latency, path, problems).value_or(absl::ZeroDuration());
    return;
  }
  ObjectReader latency_reader(*latency, path, problems);
  latency_reader.Require("dist");
  const auto read = [&](const char* low, const char* high) {
    latency_reader.Require(low);
    latency_reader.Require(high);
    distribution.low = latency_reader.Duration(low).value_or(absl::ZeroDuration());
    distribution.high = latency_reader.Duration(high).value_or(absl::ZeroDuration());
    if (distribution.low > distribution.high) {
      problems.Add(latency->position, path, fmt::format("\"{}\" is above \"{}\"", low, high));
    }
  };
  const auto kind = latency_reader.Choice("dist", {"uniform", "lognormal"});
  if (kind == 0u) {
    distribution.kind = Distribution::Kind::kUniform;
    read("min", "max");
  } else {
    distribution.kind = Distribution::Kind::kLogNormal;
    read("median", "p99");
    if (distribution.low == absl::ZeroDuration())
      problems.Add(latency->position, path, "a lognormal latency needs a median above 0");
  }
}

}  // namespace

void ReadBehaviour(ObjectReader& document, Scenario& scenario) {
  Problems& problems = document.problems();
  if (const JsonNode* clock = document.Find("clock")) ReadClock(*clock, scenario, problems);
  if (const JsonNode* pagination = document.Find("pagination")) ReadPagination(*pagination, scenario, problems);
  std::set<std::string> ids;
  const auto check_id = [&](const std::string& id, const JsonNode& node, const std::string& path) {
    if (!ids.insert(id).second) problems.Add(node.position, path, fmt::format("the id \"{}\" is taken", id));
  };
  document.ForEachItem("limits", [&](const JsonNode& node, const std::string& path) {
    scenario.limits.push_back(ReadLimit(node, path, problems));
    check_id(scenario.limits.back().id, node, path);
  });
  if (const JsonNode* network = document.Find("network")) ReadNetwork(*network, scenario, problems);
  document.ForEachItem("faults", [&](const JsonNode& node, const std::string& path) {
    scenario.faults.push_back(ReadRule(node, path, scenario, problems));
    check_id(scenario.faults.back().id, node, path);
  });
  if (document.Find("timeline") == nullptr) return;
  TimelineReader timeline(scenario, problems);
  document.ForEachItem("timeline", [&](const JsonNode& node, const std::string& path) {
    scenario.timeline.push_back(timeline.Read(node, path));
  });
}

}  // namespace mock_registry
