// The real program and real signals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "tests/testing/program.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/sync_runner.h"
#include "tests/testing/temp_folder.h"

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_util::RawServer;
using testing_util::ReadBytes;
using testing_util::TempFolder;

// npm-connector with a registry at `base_url`, writing into `folder`; standard error goes to the file "stderr" there.
pid_t StartConnector(const TempFolder& folder, const std::string& base_url) {
  return testing_util::StartConnector({"--organization", "acme", "--base-url", base_url, "-f", folder.File("sync.c1z")},
                                      mock_registry::kDefaultToken, folder.File("stderr"));
}

int ExitCodeOf(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class SignalsTest : public ::testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Signals, SignalsTest, ::testing::Values(SIGTERM, SIGINT),
                         [](const auto& test) { return test.param == SIGTERM ? "Term" : "Int"; });

TEST_P(SignalsTest, StopTheConnectorWithinASecondWithProgressSaved) {
  const TempFolder folder;
  // The team list is answered, then nothing more.
  const RawServer server({"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n[\"acme:developers\"]", RawServer::kSilence});
  const pid_t child = StartConnector(folder, server.base_url());
  while (server.connections() < 2) ::usleep(1000);
  const auto start = std::chrono::steady_clock::now();
  ::kill(child, GetParam());
  EXPECT_EQ(ExitCodeOf(child), 1);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_THAT(ReadBytes(folder.File("stderr")), HasSubstr("Progress is saved in"));
  EXPECT_THAT(folder.Names(), ::testing::UnorderedElementsAre("stderr", "sync.c1z.work"));

  mock_registry::Registry registry(*mock_registry::ParseScenario(R"({ "version": 1 })", "test"));
  const auto good = mock_registry::HttpServer::Start(testing_util::HandlerOf(registry));
  const pid_t elsewhere = StartConnector(folder, (*good)->base_url());
  EXPECT_EQ(ExitCodeOf(elsewhere), 0);
  EXPECT_THAT(ReadBytes(folder.File("stderr")), HasSubstr("another organization, registry, token or version"));
}

TEST(SecretsTest, AProcessShowsItsTokenToNobodyAndLeavesNoCore) {
  const TempFolder folder;
  const RawServer server({RawServer::kSilence});
  const std::string token = "npm_CANARY0000000000000000000000000000000";
  const pid_t child = testing_util::StartConnector({"--organization", "acme", "--base-url", server.base_url(), "-f",
                                                    folder.File("sync.c1z"), "--access-token", token},
                                                   token, folder.File("stderr"));
  while (server.connections() < 1) ::usleep(1000);
  const std::string process = "/proc/" + std::to_string(child) + "/";
  EXPECT_THAT(ReadBytes(process + "cmdline"), ::testing::AllOf(HasSubstr("--access-token"), Not(HasSubstr("CANARY"))));
  EXPECT_THAT(ReadBytes(process + "environ"),
              ::testing::AllOf(HasSubstr("BATON_ACCESS_TOKEN"), Not(HasSubstr("CANARY"))));
  EXPECT_THAT(ReadBytes(process + "limits"), ::testing::ContainsRegex("Max core file size +0 +0"));
  ::kill(child, SIGTERM);
  EXPECT_EQ(ExitCodeOf(child), 1);
  EXPECT_THAT(ReadBytes(folder.File("stderr")), Not(HasSubstr("CANARY")));
}

TEST(TwoConnectorsTest, TheSecondSaysWhoHoldsTheFile) {
  const TempFolder folder;
  const RawServer server({RawServer::kSilence});
  const pid_t first = StartConnector(folder, server.base_url());
  while (server.connections() < 1) ::usleep(1000);
  const pid_t second = StartConnector(folder, server.base_url());
  EXPECT_EQ(ExitCodeOf(second), 9);
  EXPECT_THAT(ReadBytes(folder.File("stderr")), HasSubstr("process " + std::to_string(first) + " holds"));
  ::kill(first, SIGKILL);
  EXPECT_EQ(ExitCodeOf(first), -SIGKILL);

  // A dead process holds nothing.
  mock_registry::Registry registry(*mock_registry::ParseScenario(R"({ "version": 1 })", "test"));
  const auto good = mock_registry::HttpServer::Start(testing_util::HandlerOf(registry));
  EXPECT_EQ(ExitCodeOf(StartConnector(folder, (*good)->base_url())), 0);
}

}  // namespace
