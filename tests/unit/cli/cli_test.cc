#include <gtest/gtest.h>

#include <map>

#include "connector/cli/options.h"
#include "connector/cli/show.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace connector {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_util::IsOk;
using testing_util::StatusIs;

absl::StatusOr<Options> Parse(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) {
  return ParseOptions(std::move(arguments), [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(OptionsTest, EnvironmentIsEnough) {
  const auto options = Parse({}, {{"BATON_ORGANIZATION", "@acme"},
                                  {"BATON_ACCESS_TOKEN", "npm_x"},
                                  {"BATON_BASE_URL", "http://127.0.0.1:1"},
                                  {"BATON_FILE", "out.c1z"}});
  ASSERT_THAT(options, IsOk());
  const auto& command = std::get<SyncCommand>(options->command);
  EXPECT_EQ(command.org.value(), "acme");
  EXPECT_EQ(command.token.Reveal(), "npm_x");
  EXPECT_EQ(command.origin.ToString(), "http://127.0.0.1:1");
  EXPECT_EQ(command.file, "out.c1z");
}

TEST(OptionsTest, AFlagWinsOverItsVariable) {
  const auto options =
      Parse({"--organization", "acme", "-f", "a.c1z", "--access-token", "npm_flag"},
            {{"BATON_ORGANIZATION", "other"}, {"BATON_FILE", "b.c1z"}, {"BATON_ACCESS_TOKEN", "npm_env"}});
  ASSERT_THAT(options, IsOk());
  const auto& command = std::get<SyncCommand>(options->command);
  EXPECT_EQ(command.org.value(), "acme");
  EXPECT_EQ(command.file, "a.c1z");
  EXPECT_EQ(command.token.Reveal(), "npm_flag");
  EXPECT_EQ(command.origin.ToString(), "https://registry.npmjs.org:443");
}

TEST(OptionsTest, ATokenFileFlagWinsOverATokenVariable) {
  const testing_util::TempFolder folder;
  testing_util::WriteBytes(folder.File("token"), "npm_file\n");
  const auto options = Parse({"--organization", "acme", "--access-token-file", folder.File("token")},
                             {{"BATON_ACCESS_TOKEN", "npm_env"}});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(std::get<SyncCommand>(options->command).token.Reveal(), "npm_file");
}

TEST(OptionsTest, WhatIsMissingIsNamedWithFlagAndVariable) {
  constexpr absl::StatusCode kCode = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(Parse({}), StatusIs(kCode, AllOf(HasSubstr("--organization"), HasSubstr("BATON_ORGANIZATION"))));
  EXPECT_THAT(Parse({"--organization", "acme"}),
              StatusIs(kCode, AllOf(HasSubstr("--access-token"), HasSubstr("BATON_ACCESS_TOKEN"))));
  EXPECT_THAT(Parse({"--organization", "acme"}, {{"BATON_ACCESS_TOKEN", ""}}),
              StatusIs(kCode, HasSubstr("no access token")));
  EXPECT_THAT(Parse({"--organization", "acme", "--access-token", "a", "--access-token-file", "b"}),
              StatusIs(kCode, HasSubstr("two access tokens")));
  EXPECT_THAT(Parse({"--organization", "acme", "--access-token-file", "no/such"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no/such")));
}

TEST(OptionsTest, MistakesAreRefused) {
  constexpr absl::StatusCode kCode = absl::StatusCode::kInvalidArgument;
  const std::map<std::string, std::string> good = {{"BATON_ORGANIZATION", "acme"},
                                                   {"BATON_ACCESS_TOKEN", "npm_CANARY"}};
  EXPECT_THAT(Parse({"--organisation", "acme"}, good), StatusIs(kCode, HasSubstr("--organisation")));
  EXPECT_THAT(Parse({"--base-url", "http://registry.example"}, good), StatusIs(kCode, HasSubstr("unencrypted")));
  EXPECT_THAT(Parse({"--allow-plain-http", "--base-url", "http://registry.example"}, good), IsOk());
  EXPECT_THAT(Parse({"--log-level", "loud"}, good), StatusIs(kCode, HasSubstr("loud")));
  EXPECT_THAT(Parse({"--access-token", "npm_CANARY x", "--organization", "acme"}),
              StatusIs(kCode, Not(HasSubstr("CANARY"))));
  EXPECT_THAT(Parse({"npm_CANARY", "--organization"}), StatusIs(kCode, HasSubstr("--help")));
}

TEST(OptionsTest, HelpNamesEveryVariable) {
  const auto options = Parse({"--help"});
  ASSERT_THAT(options, IsOk());
  const std::string& help = std::get<PrintCommand>(options->command).text;
  for (const char* variable : {"BATON_ORGANIZATION", "BATON_ACCESS_TOKEN", "BATON_ACCESS_TOKEN_FILE", "BATON_BASE_URL",
                               "BATON_FILE", "BATON_CA_FILE", "BATON_LOG_LEVEL", "BATON_ALLOW_PLAIN_HTTP"}) {
    EXPECT_THAT(help, HasSubstr(variable));
  }
  EXPECT_THAT(std::get<PrintCommand>(Parse({"show", "--help"})->command).text, HasSubstr("FILE"));
  EXPECT_THAT(std::get<PrintCommand>(Parse({"--version"})->command).text, HasSubstr("npm-connector 0."));
}

TEST(OptionsTest, ShowTakesAFile) {
  EXPECT_EQ(std::get<ShowCommand>(Parse({"show", "x.c1z"})->command).file, "x.c1z");
  EXPECT_EQ(std::get<ShowCommand>(Parse({"show"})->command).file, "sync.c1z");
}

TEST(ShowTest, OneLineAUser) {
  FinishedSync sync;
  sync.ended_at = "2026-01-01 00:00:01";
  sync.graph.organization = "acme";
  sync.graph.users = {"alice", "zo\xC3\xAB", "ghost"};
  sync.graph.teams = {"developers", "web"};
  sync.graph.grants = {{OrganizationEntitlements("acme")[2], {ResourceType::kUser, "alice"}},
                       {OrganizationEntitlements("acme")[0], {ResourceType::kUser, "zo\xC3\xAB"}},
                       {TeamEntitlement("developers"), {ResourceType::kUser, "alice"}},
                       {TeamEntitlement("web"), {ResourceType::kUser, "alice"}},
                       {TeamEntitlement("web"), {ResourceType::kUser, "ghost"}}};
  EXPECT_EQ(FormatAccessTable(sync),
            "USER   ROLE       TEAMS\n"
            "alice  owner      developers, web\n"
            "ghost  -          web\n"
            "zo\xC3\xAB    developer  -\n"
            "\n"
            "Organization acme: 3 users, 2 teams, 5 grants, synced at 2026-01-01 00:00:01\n");
}

}  // namespace
}  // namespace connector
