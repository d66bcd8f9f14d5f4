// The judge judged: connectors that are wrong on purpose, each of which must be caught, and by the expectation named.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "connector/http/link.h"
#include "connector/store/c1z_writer.h"
#include "mock_registry/scenario/loader.h"
#include "tests/judge/judge.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace {

using connector::Completion;
using connector::HttpRequest;
using connector::HttpResponse;
using connector::Instant;
using connector::Ticket;
using connector::TransportFailure;
using testing_util::ClientTask;
using testing_util::IsOk;
using testing_util::NpmConnector;

// The right connector in a world that is bent: it asks and hears something else than it should.
class BentDriver : public connector::Driver {
 public:
  explicit BentDriver(connector::Driver& driver) : driver_(driver) {}
  Instant Now() const override { return driver_.Now(); }
  absl::Time WallNow() const override { return driver_.WallNow(); }
  bool StopRequested() const override { return driver_.StopRequested(); }
  void Submit(Ticket ticket, HttpRequest request, Instant deadline) override {
    targets_[ticket] = request.target;
    driver_.Submit(ticket, std::move(request), deadline);
  }
  std::optional<Completion> Wait(Instant until) override {
    std::optional<Completion> completion = driver_.Wait(until);
    if (completion) Bend(targets_[completion->ticket], *completion);
    return completion;
  }

 protected:
  virtual void Bend(const std::string& /*target*/, Completion& /*completion*/) {}
  connector::Driver& driver_;

 private:
  std::map<Ticket, std::string> targets_;
};

using Bending = std::function<void(const std::string& target, Completion& completion)>;

class Bent final : public BentDriver {
 public:
  Bent(connector::Driver& driver, Bending bending) : BentDriver(driver), bending_(std::move(bending)) {}
  void Bend(const std::string& target, Completion& completion) override { bending_(target, completion); }

 private:
  const Bending bending_;
};

testing_util::Client Bend(const Bending& bending) {
  return [bending](const ClientTask& task) {
    Bent driver(task.driver, bending);
    return NpmConnector({driver, task.org, task.token, task.file, task.seed});
  };
}

// Changes the body of 2xx answers to paths that end in `end`.
testing_util::Client BendBody(const std::string& end, const std::function<void(std::string&)>& change) {
  return Bend([=](const std::string& target, Completion& completion) {
    auto* response = std::get_if<HttpResponse>(&completion.result);
    if (response != nullptr && response->status == 200 && target.substr(0, target.find('?')).ends_with(end))
      change(response->body);
  });
}

testing_util::Client BendStatus(int from, const std::function<void(const std::string&, HttpResponse&)>& change) {
  return Bend([=](const std::string& target, Completion& completion) {
    auto* response = std::get_if<HttpResponse>(&completion.result);
    if (response != nullptr && response->status == from) change(target, *response);
  });
}

bool IsTeam(const std::string& target) { return target.starts_with("/-/team/"); }

testing_util::Client TakeTeamAsEmptyAt(int status) {
  return BendStatus(status, [](const std::string& target, HttpResponse& response) {
    if (IsTeam(target)) response = {200, {}, "[]"};
  });
}

testing_util::Client WithSettings(const std::function<void(connector::FetchOptions&)>& change) {
  return [change](const ClientTask& task) {
    connector::FetchOptions fetch;
    change(fetch);
    return testing_util::NpmConnectorWith(task, fetch);
  };
}

absl::Status PublishNobody(const ClientTask& task) {
  connector::C1zOptions options;
  options.path = task.file;
  options.started_at = task.driver.WallNow();
  ASSIGN_OR_RETURN(const auto writer, connector::C1zWriter::Create(options));
  RETURN_IF_ERROR(writer->AddOrganization(task.org));
  return writer->Publish(task.driver.WallNow());
}

// Sends `target` and waits for what comes of it.
std::optional<HttpResponse> Fetch(connector::Driver& driver, const std::string& target) {
  constexpr Ticket kTicket = 1'000'000;
  HttpRequest request;
  request.target = target;
  driver.Submit(kTicket, request, driver.Now() + absl::Minutes(1));
  while (const auto completion = driver.Wait(driver.Now() + absl::Minutes(2))) {
    if (completion->ticket != kTicket) continue;
    if (const auto* response = std::get_if<HttpResponse>(&completion->result)) return *response;
    return std::nullopt;
  }
  return std::nullopt;
}

void Replace(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

void DropLast(std::string& list) {
  const std::size_t comma = list.rfind(',');
  if (comma != std::string::npos) list.replace(comma, std::string::npos, "]");
}

// Changes the envelope of pages, and drops what headers say of them.
testing_util::Client BendPages(const std::function<void(nlohmann::json&)>& change) {
  return Bend([=](const std::string&, Completion& completion) {
    auto* response = std::get_if<HttpResponse>(&completion.result);
    if (response == nullptr || response->status != 200) return;
    std::erase_if(response->headers, [](const auto& header) { return header.first == "x-total-count"; });
    nlohmann::json body = nlohmann::json::parse(response->body, nullptr, false);
    if (!body.is_object() || !body.contains("objects")) return;
    change(body);
    response->body = body.dump();
  });
}

// Follows Location, and the next page wherever it is, with the token along.
class RedirectingDriver final : public BentDriver {
 public:
  using BentDriver::BentDriver;
  void Bend(const std::string&, Completion& completion) override {
    const auto* response = std::get_if<HttpResponse>(&completion.result);
    if (response == nullptr) return;
    if (const auto location = connector::FindHeader(response->headers, "location"))
      Fetch(driver_, std::string(*location));
    const std::optional<std::string> next = connector::NextLink(response->headers);
    if (next && next->starts_with("https:")) Fetch(driver_, *next);
  }
};

struct WrongConnector {
  const char* name;
  testing_util::Client client;
  const char* caught_by;  // the expectation
};

void PrintTo(const WrongConnector& wrong, std::ostream* out) { *out << wrong.name; }

std::vector<WrongConnector> WrongConnectors() {
  return {
      {"DropsTheLastTeam", BendBody("/team", DropLast), "expect.snapshot"},
      {"DropsTheLastMemberOfATeam",
       BendBody("/user",
                [](std::string& body) {
                  if (body.starts_with('[')) DropLast(body);
                }),
       "expect.snapshot"},
      {"LowersTheCaseOfNames",
       BendBody("/user",
                [](std::string& body) {
                  std::transform(body.begin(), body.end(), body.begin(),
                                 [](unsigned char c) { return std::tolower(c); });
                }),
       "expect.snapshot"},
      {"ReadsAdminsAsDevelopers",
       BendBody("/user", [](std::string& body) { Replace(body, ":\"admin\"", ":\"developer\""); }), "expect.snapshot"},
      {"IgnoresRetryAfter",
       BendStatus(429,
                  [](const std::string&, HttpResponse& response) {
                    response.headers.clear();
                    response.status = 503;
                  }),
       "expect.conduct.obeysRetryAfter"},
      {"Retries401", BendStatus(401, [](const std::string&, HttpResponse& response) { response.status = 503; }),
       "expect.conduct.retriesOnly"},
      {"Retries403", BendStatus(403, [](const std::string&, HttpResponse& response) { response.status = 503; }),
       "expect.conduct.retriesOnly"},
      {"TakesAForbiddenTeamAsEmpty", TakeTeamAsEmptyAt(403), "expect.outcome"},
      {"TakesAMissingTeamAsEmpty", TakeTeamAsEmptyAt(404), "expect.outcome"},
      {"TakesAThrottledTeamAsEmpty", TakeTeamAsEmptyAt(429), "expect.snapshot"},
      {"TakesAFailedTeamAsEmpty", TakeTeamAsEmptyAt(503), "expect.snapshot"},
      {"TakesALostConnectionAsAnEmptyTeam", Bend([](const std::string& target, Completion& completion) {
         if (IsTeam(target) && std::holds_alternative<TransportFailure>(completion.result))
           completion.result = HttpResponse{200, {}, "[]"};
       }),
       "expect.snapshot"},
      {"WritesToTheRegistry",
       [](const ClientTask& task) {
         task.driver.Submit(1'000'000, {"PUT", "/-/org/" + task.org + "/team", {}, R"({"name":"new"})"},
                            connector::Instant::Max());
         task.driver.Wait(connector::Instant::Max());
         return NpmConnector(task);
       },
       "reads only"},
      {"SaysItsTokenInErrors",
       [](const ClientTask& task) {
         const absl::Status status = NpmConnector(task);
         return status.ok() ? status : connector::Annotate(status, task.token.Reveal());
       },
       "secrets"},
      {"TreatsNobodyAsAnEmptyOrganization",
       [](const ClientTask& task) {
         const absl::Status status = NpmConnector(task);
         return absl::IsFailedPrecondition(status) ? PublishNobody(task) : status;
       },
       "expect.outcome"},
      {"PublishesOnError",
       [](const ClientTask& task) {
         const absl::Status status = NpmConnector(task);
         if (!status.ok()) static_cast<void>(PublishNobody(task));
         return status;
       },
       "expect.conduct.noPartialPublish"},
      {"NeverRetries", WithSettings([](connector::FetchOptions& fetch) { fetch.retry.max_attempts = 1; }),
       "expect.outcome"},
      {"RetriesForEver", WithSettings([](connector::FetchOptions& fetch) { fetch.retry.max_attempts = 100; }),
       "expect.conduct.maxAttempts"},
      {"FloodsTheRegistry", WithSettings([](connector::FetchOptions& fetch) {
         fetch.limits.in_flight = 100;
         fetch.limits.reorder = 100;
       }),
       "expect.requests.inFlight"},
      {"AsksForEverythingTwice",
       [](const ClientTask& task) {
         for (const char* listing : {"user", "team"}) Fetch(task.driver, "/-/org/" + task.org + "/" + listing);
         return NpmConnector(task);
       },
       "expect.requests"},
      {"FollowsACursorTwice",
       [](const ClientTask& task) {
         for (int i = 0; i < 2; ++i) Fetch(task.driver, "/-/org/" + task.org + "/user?cursor=abc");
         return NpmConnector(task);
       },
       "expect.conduct.neverRepeatsCursor"},
      {"IgnoresTheSecondPage", BendPages([](nlohmann::json& body) {
         body = {{"objects", body["objects"]}};
       }),
       "expect.snapshot"},
      {"TakesAnEmptyPageForTheLast", BendPages([](nlohmann::json& body) {
         body.erase("total");
         if (body["objects"].empty()) body = {{"objects", body["objects"]}};
       }),
       "expect.snapshot"},
      {"IgnoresTotals", BendPages([](nlohmann::json& body) { body.erase("total"); }), "expect.snapshot"},
      {"FollowsRedirectsWithItsToken",
       [](const ClientTask& task) {
         RedirectingDriver driver(task.driver);
         return NpmConnector({driver, task.org, task.token, task.file, task.seed});
       },
       "expect.conduct.noAuthToForeignHost"},
      {"AsksForWhatIsNotThere",
       [](const ClientTask& task) {
         Fetch(task.driver, "/-/org/" + task.org + "/members");
         return NpmConnector(task);
       },
       "operations"},
  };
}

class WrongConnectorsTest : public ::testing::TestWithParam<WrongConnector> {};

INSTANTIATE_TEST_SUITE_P(All, WrongConnectorsTest, ::testing::ValuesIn(WrongConnectors()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(WrongConnectorsTest, IsCaughtByAScenarioOfTheSuite) {
  const testing_util::TempFolder folder;
  std::set<std::string> misses;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SCENARIO_FOLDER)) {
    if (!entry.path().string().ends_with(".scenario.json")) continue;
    const auto scenarios = mock_registry::LoadScenarios(entry.path().string());
    ASSERT_THAT(scenarios, IsOk());
    for (const mock_registry::Scenario& scenario : *scenarios) {
      if (std::find(scenario.tags.begin(), scenario.tags.end(), "slow") != scenario.tags.end()) continue;
      const auto run =
          testing_util::Judge(scenario, testing_util::JudgeTransport::kSim, GetParam().client, folder.File("sync.c1z"));
      ASSERT_THAT(run, IsOk());
      if (run->verdict.Misses(GetParam().caught_by)) return;
      for (const mock_registry::Miss& miss : run->verdict.misses) misses.insert(miss.expectation);
    }
  }
  FAIL() << "no scenario caught it by " << GetParam().caught_by << "; by others: " << ::testing::PrintToString(misses);
}

}  // namespace
