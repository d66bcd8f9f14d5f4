// How fast documents become rows, by number of rows.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "connector/npm/decode.h"

namespace {

// Members in the order of their names, as npm lists them, or in a fixed other one.
std::string Roster(std::int64_t members, bool ordered = true) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(members));
  std::iota(order.begin(), order.end(), 0);
  if (!ordered) std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  std::string json = "{";
  for (const std::int64_t i : order) json += fmt::format("\"user-{:07}\":\"developer\",", i);
  json.back() = '}';
  return json;
}

void Count(benchmark::State& state, const std::string& json) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetComplexityN(state.range(0));
}

void Decode(benchmark::State& state, const std::string& json) {
  for (auto _ : state) {
    auto members = connector::DecodeMembers(json, {});
    if (!members.ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(members);
  }
  Count(state, json);
}

void DecodeMembers(benchmark::State& state) { Decode(state, Roster(state.range(0))); }
void DecodeUnorderedMembers(benchmark::State& state) { Decode(state, Roster(state.range(0), false)); }

// What the JSON library takes to find the words, and nothing else.
void LexMembers(benchmark::State& state) {
  const std::string json = Roster(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(nlohmann::json::accept(json));
  Count(state, json);
}

BENCHMARK(DecodeMembers)->RangeMultiplier(10)->Range(100, 1'000'000)->Complexity()->Unit(benchmark::kMillisecond);
BENCHMARK(DecodeUnorderedMembers)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(LexMembers)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
