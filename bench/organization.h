// Synthetic organizations of any size: so many members, a team of 500 for each 50 of them (half of all in the small
// ones), and so ten memberships a member.
#pragma once

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "mock_registry/scenario/loader.h"

namespace bench {

struct Size {
  std::int64_t members = 0;
  std::int64_t teams() const { return std::max<std::int64_t>(members / 50, 1); }
  std::int64_t team_size() const { return std::min<std::int64_t>(500, members / 2); }
  std::int64_t grants() const { return members + teams() * team_size(); }
};

// `rest`: more of the document, beginning with a comma.
inline std::string ScenarioText(const Size& size, const std::string& rest = "") {
  return fmt::format(
      R"({{"version":1,"orgs":{{"acme":{{"members":{{"generate":{{"count":{},"login":"user-{{i:07}}",)"
      R"("roles":{{"owner":3,"admin":"1%","developer":"rest"}}}}}},"teams":{{"generate":{{"count":{},"name":"team-{{i:05}}",)"
      R"("size":{{"dist":"fixed","size":{}}}}},"include":[{{"name":"developers","members":[]}}]}}}}}}{}}})",
      size.members, size.teams(), size.team_size(), rest);
}

inline mock_registry::Scenario MakeScenario(const Size& size, const std::string& rest = "") {
  auto scenario = mock_registry::ParseScenario(ScenarioText(size, rest), "bench.scenario.json");
  if (!scenario.ok()) throw std::runtime_error(std::string(scenario.status().message()));
  return *std::move(scenario);
}

// Makes the peak begin anew, after giving back what earlier benchmarks took.
inline void ForgetPeakRss() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

// Of this process since then, in bytes.
inline double PeakRss() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  }
  return 0;
}

inline void CountOrganization(benchmark::State& state, const Size& size) {
  const auto rate = benchmark::Counter::kIsIterationInvariantRate;
  state.counters["members/s"] = benchmark::Counter(static_cast<double>(size.members), rate);
  state.counters["grants/s"] = benchmark::Counter(static_cast<double>(size.grants()), rate);
  state.counters["peak_rss"] = benchmark::Counter(PeakRss(), {}, benchmark::Counter::kIs1024);
  state.SetComplexityN(size.members);
}

}  // namespace bench
