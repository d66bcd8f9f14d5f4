// The whole way of an organization, without and with sockets, and what parts of it cost.
#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>
#include <string>

#include "bench/organization.h"
#include "connector/access/digest.h"
#include "connector/access/guards.h"
#include "connector/cli/run.h"
#include "connector/http/httplib_driver.h"
#include "connector/store/c1z_writer.h"
#include "connector/sync/sync.h"
#include "mock_registry/transport/http_server.h"
#include "mock_registry/transport/sim_driver.h"
#include "mock_registry/world.h"
#include "tests/testing/temp_folder.h"

namespace {

using connector::GraphBuilder;
using mock_registry::World;

class NoObserver final : public connector::SyncObserver {
 public:
  void OnProgress(std::size_t, std::size_t) override {}
  void OnWarning(const std::string&) override {}
};

// Takes the graph and keeps nothing.
class NoSink final : public connector::GraphSink {
 public:
  absl::Status AddOrganization(std::string_view) override { return absl::OkStatus(); }
  absl::Status AddUser(std::string_view) override { return absl::OkStatus(); }
  absl::Status AddTeam(std::string_view) override { return absl::OkStatus(); }
  absl::Status AddGrant(const connector::Entitlement&, std::string_view) override { return absl::OkStatus(); }
};

mock_registry::Handler HandlerOf(World& world) {
  return [&world](const connector::HttpRequest& request, mock_registry::Arrival arrival) {
    return world.Handle(request, arrival);
  };
}

// The same, counting the bytes of the documents.
mock_registry::Handler CountingHandlerOf(World& world, std::atomic<std::int64_t>& bytes) {
  return [&world, &bytes](const connector::HttpRequest& request, mock_registry::Arrival arrival) {
    mock_registry::Reply reply = world.Handle(request, arrival);
    bytes += static_cast<std::int64_t>(reply.response.body.size());
    return reply;
  };
}

const connector::Secret& Token() {
  static const connector::Secret token{mock_registry::kDefaultToken};
  return token;
}

std::uint64_t Sync(connector::Driver& driver, const connector::Origin& origin, connector::GraphSink& sink,
                   benchmark::State& state) {
  NoObserver observer;
  const connector::SyncOptions options{*connector::OrgName::Parse("acme"), origin, {}, {}};
  const auto summary = connector::SyncOrganization(driver, options, sink, observer);
  if (!summary.ok()) state.SkipWithError(std::string(summary.status().message()).c_str());
  return summary.ok() ? summary->requests : 0;
}

void CountRequests(benchmark::State& state, std::uint64_t requests) {
  state.counters["requests/s"] =
      benchmark::Counter(static_cast<double>(requests), benchmark::Counter::kIsIterationInvariantRate);
}

// Fetch, decode, guard and order in virtual time: all but storing.
void SimulatedSync(benchmark::State& state) {
  bench::ForgetPeakRss();
  const bench::Size size{state.range(0)};
  World world(bench::MakeScenario(size));
  std::atomic<std::int64_t> bytes = 0;
  std::uint64_t requests = 0;
  for (auto _ : state) {
    mock_registry::SimDriver driver(CountingHandlerOf(world, bytes), mock_registry::SimOptions{Token()});
    NoSink sink;
    requests = Sync(driver, {true, "registry.test", 443, ""}, sink, state);
  }
  bench::CountOrganization(state, size);
  CountRequests(state, requests);
  state.SetBytesProcessed(bytes);
}

void SyncOverSockets(benchmark::State& state) {
  bench::ForgetPeakRss();
  const bench::Size size{state.range(0)};
  World world(bench::MakeScenario(size));
  std::atomic<std::int64_t> bytes = 0;
  const auto server = mock_registry::HttpServer::Start(CountingHandlerOf(world, bytes));
  connector::ConnectionOptions connection;
  connection.origin = *connector::Origin::Parse((*server)->base_url());
  connection.token = Token();
  connection.user_agent = "bench";
  std::uint64_t requests = 0;
  for (auto _ : state) {
    connector::HttplibDriver driver(connection, static_cast<std::size_t>(state.range(1)));
    NoSink sink;
    requests = Sync(driver, connection.origin, sink, state);
  }
  bench::CountOrganization(state, size);
  CountRequests(state, requests);
  state.SetBytesProcessed(bytes);
}

// The same into a file, with everything that npm-connector does.
void SyncIntoAFile(benchmark::State& state) {
  bench::ForgetPeakRss();
  const bench::Size size{state.range(0)};
  World world(bench::MakeScenario(size));
  const testing_util::TempFolder folder;
  const std::string file = folder.File("sync.c1z");
  for (auto _ : state) {
    mock_registry::SimDriver driver(HandlerOf(world), mock_registry::SimOptions{Token()});
    NoObserver observer;
    const connector::SyncCommand command{
        *connector::OrgName::Parse("acme"), Token(), {true, "registry.test", 443, ""}, file, ""};
    const absl::Status status = connector::RunSync(command, driver, observer, {});
    if (!status.ok()) state.SkipWithError(std::string(status.message()).c_str());
    state.PauseTiming();
    ::unlink(file.c_str());
    state.ResumeTiming();
  }
  bench::CountOrganization(state, size);
}

// Rows to graph, and the graph's digest.
void Digest(benchmark::State& state) {
  bench::ForgetPeakRss();
  const bench::Size size{state.range(0)};
  World world(bench::MakeScenario(size));
  mock_registry::SimDriver driver(HandlerOf(world), mock_registry::SimOptions{Token()});
  GraphBuilder graph;
  Sync(driver, {true, "registry.test", 443, ""}, graph, state);
  for (auto _ : state) benchmark::DoNotOptimize(connector::GraphDigest(graph.graph()));
  bench::CountOrganization(state, size);
}

// A graph in memory to a file.
void Store(benchmark::State& state) {
  bench::ForgetPeakRss();
  const bench::Size size{state.range(0)};
  World world(bench::MakeScenario(size));
  mock_registry::SimDriver driver(HandlerOf(world), mock_registry::SimOptions{Token()});
  GraphBuilder builder;
  Sync(driver, {true, "registry.test", 443, ""}, builder, state);
  const connector::AccessGraph& graph = builder.graph();
  const testing_util::TempFolder folder;
  connector::C1zOptions options;
  options.path = folder.File("sync.c1z");
  for (auto _ : state) {
    const absl::Status status = [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const auto writer, connector::C1zWriter::Create(options));
      RETURN_IF_ERROR(writer->AddOrganization(graph.organization));
      for (const std::string& user : graph.users) RETURN_IF_ERROR(writer->AddUser(user));
      for (const std::string& team : graph.teams) RETURN_IF_ERROR(writer->AddTeam(team));
      for (const connector::Grant& grant : graph.grants) {
        RETURN_IF_ERROR(writer->AddGrant(grant.entitlement, grant.principal.name));
      }
      return writer->Publish(options.started_at);
    }();
    if (!status.ok()) state.SkipWithError(std::string(status.message()).c_str());
    state.PauseTiming();
    ::unlink(options.path.c_str());
    state.ResumeTiming();
  }
  bench::CountOrganization(state, size);
}

// Requests to the simulated registry, with its journal and with rules that are asked and do not apply.
void SimulatedRequests(benchmark::State& state) {
  World world(bench::MakeScenario({100}, R"(,"faults":[
    {"id":"a","when":{"op":"org.teams","nth":1000000000},"then":{"status":503}},
    {"id":"b","when":{"op":"team.members","team":"nobody"},"then":{"status":503}},
    {"id":"c","when":{"op":"*","org":"other"},"then":{"status":503}}])"));
  connector::HttpRequest request;
  request.target = "/-/team/acme/team-00001/user";
  request.headers.emplace_back("authorization", fmt::format("Bearer {}", mock_registry::kDefaultToken));
  absl::Duration now;
  for (auto _ : state) {
    now += absl::Microseconds(1);
    benchmark::DoNotOptimize(world.Handle(request, connector::Instant(now)));
  }
  CountRequests(state, 1);
}

// What the journal takes of a request.
void JournalRequest(benchmark::State& state) {
  mock_registry::Journal journal;
  const std::string method = "GET", target = "/-/team/acme/team-00001/user", operation = "team.members",
                    token = "default";
  for (auto _ : state) {
    mock_registry::Record& record = journal.Begin();
    record.number = journal.total() + 1;
    record.method = method;
    record.target = target;
    record.operation = operation;
    record.token = token;
    record.status = 200;
    journal.Write();
  }
}

void Load(benchmark::State& state, const std::string& text) {
  bench::ForgetPeakRss();
  for (auto _ : state) benchmark::DoNotOptimize(mock_registry::ParseScenario(text, "bench.scenario.json"));
  state.counters["members/s"] =
      benchmark::Counter(static_cast<double>(state.range(0)), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["peak_rss"] = benchmark::Counter(bench::PeakRss(), {}, benchmark::Counter::kIs1024);
  state.SetComplexityN(state.range(0));
}

// Members that are generated, and members that the file lists.
void LoadScenario(benchmark::State& state) { Load(state, bench::ScenarioText({state.range(0)})); }
void LoadListedScenario(benchmark::State& state) {
  std::string members;
  for (std::int64_t i = 0; i < state.range(0); ++i) members += fmt::format(R"("user-{:07}":"owner",)", i);
  members.pop_back();
  Load(state, fmt::format(R"({{"version":1,"orgs":{{"acme":{{"members":{{{}}}}}}}}})", members));
}

// What holds a roster against doubts before any of it is stored.
void GuardMembers(benchmark::State& state) {
  const connector::OrgName acme = *connector::OrgName::Parse("acme");
  std::vector<connector::Member> members;
  std::vector<std::string> previous;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    previous.push_back(fmt::format("user-{:07}", i));
    members.push_back({previous.back(), i == 0 ? connector::Role::kOwner : connector::Role::kDeveloper});
  }
  for (auto _ : state) {
    const bool good = connector::CheckMembers(acme, members).ok() &&
                      connector::CheckActingUser(acme, previous.back(), members).ok() &&
                      connector::CheckShrink(acme, previous, members, 0.5).ok();
    if (!good) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetComplexityN(state.range(0));
}

// In process: from a scenario to a server that answers.
void StartAndStopServer(benchmark::State& state) {
  for (auto _ : state) {
    World world(bench::MakeScenario({1000}));
    benchmark::DoNotOptimize(mock_registry::HttpServer::Start(HandlerOf(world)));
  }
}

void DecideRetry(benchmark::State& state) {
  connector::HttpResponse response;
  response.status = 503;
  const std::variant<connector::HttpResponse, connector::TransportFailure> result = response;
  int attempt = 0;
  for (auto _ : state) {
    attempt = attempt % 4 + 1;
    const connector::Verdict verdict = connector::Classify(result);
    benchmark::DoNotOptimize(connector::Backoff({}, verdict, attempt, std::nullopt, 42));
  }
}

constexpr std::int64_t kMost = 1'000'000;

BENCHMARK(DecideRetry);
BENCHMARK(SimulatedRequests);
BENCHMARK(JournalRequest);
BENCHMARK(StartAndStopServer)->Unit(benchmark::kMillisecond);
// Of these, run.py leaves the largest out unless it is asked for: they take minutes and gigabytes.
void BySize(benchmark::internal::Benchmark* benchmark) {
  benchmark->RangeMultiplier(10)->Range(100, kMost)->Complexity()->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(LoadScenario)->Apply(BySize);
BENCHMARK(LoadListedScenario)->Apply(BySize);
BENCHMARK(GuardMembers)->Apply(BySize);
BENCHMARK(SimulatedSync)->Apply(BySize);
BENCHMARK(SyncOverSockets)
    ->ArgsProduct({benchmark::CreateRange(100, kMost, 10), {16}})
    ->Complexity()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(SyncOverSockets)
    ->Name("SyncByConnections")
    ->ArgsProduct({{10'000}, {1, 2, 4, 8, 16, 32, 64}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Digest)->Apply(BySize);
BENCHMARK(Store)->Apply(BySize);
BENCHMARK(SyncIntoAFile)->Apply(BySize);

}  // namespace
