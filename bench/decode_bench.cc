// How fast a roster becomes rows, by number of members.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "connector/npm/decode.h"

namespace {

std::string Roster(std::int64_t members) {
  std::string json = "{";
  for (std::int64_t i = 0; i < members; ++i) {
    json += fmt::format("{}\"user-{:07}\":\"{}\"", i == 0 ? "" : ",", i, i == 0 ? "owner" : "developer");
  }
  return json + "}";
}

void DecodeMembers(benchmark::State& state) {
  const std::string json = Roster(state.range(0));
  for (auto _ : state) {
    auto members = connector::DecodeMembers(json, {});
    if (!members.ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(members);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(DecodeMembers)->RangeMultiplier(10)->Range(100, 1'000'000)->Complexity()->Unit(benchmark::kMillisecond);

}  // namespace
