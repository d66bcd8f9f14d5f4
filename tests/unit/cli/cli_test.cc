#include <gtest/gtest.h>

#include <map>

#include "connector/cli/options.h"
#include "connector/cli/table.h"
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
  const auto access = Parse({"show", "x.c1z", "access", "--user", "al", "-o", "json"});
  ASSERT_THAT(access, IsOk());
  EXPECT_EQ(std::get<ShowCommand>(access->command).view, ShowView::kAccess);
  EXPECT_EQ(std::get<ShowCommand>(access->command).user, "al");
  EXPECT_EQ(std::get<ShowCommand>(access->command).format, OutputFormat::kJson);
  constexpr absl::StatusCode kCode = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(Parse({"show", "x", "access"}), StatusIs(kCode, HasSubstr("--user")));
  EXPECT_THAT(Parse({"show", "x", "grants", "--user", "al"}), StatusIs(kCode, HasSubstr("access")));
  EXPECT_THAT(Parse({"show", "x", "people", "-o", "yaml"}), StatusIs(kCode, HasSubstr("yaml")));
  EXPECT_THAT(Parse({"show", "x", "everything"}), StatusIs(kCode, HasSubstr("everything")));
}

TEST(OptionsTest, DiffTakesOneFileOrTwo) {
  EXPECT_EQ(std::get<DiffCommand>(Parse({"diff"})->command).file, "sync.c1z");
  const auto two = Parse({"diff", "a", "b", "--exit-code"});
  ASSERT_THAT(two, IsOk());
  EXPECT_EQ(std::get<DiffCommand>(two->command).other_file, "b");
  EXPECT_TRUE(std::get<DiffCommand>(two->command).exit_code);
  EXPECT_EQ(std::get<VerifyCommand>(Parse({"verify", "a"})->command).file, "a");
}

TEST(OptionsTest, ResumeAndHistoryAreSet) {
  const std::map<std::string, std::string> good = {{"BATON_ORGANIZATION", "acme"}, {"BATON_ACCESS_TOKEN", "npm_x"}};
  const auto defaults = std::get<SyncCommand>(Parse({}, good)->command);
  EXPECT_EQ(defaults.keep_syncs, 2u);
  EXPECT_EQ(defaults.resume_max_age, absl::Hours(1));
  EXPECT_FALSE(defaults.fresh);
  const auto set = Parse({"--fresh", "--keep-sync-count", "5", "--resume-max-age", "90s"}, good);
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(std::get<SyncCommand>(set->command).keep_syncs, 5u);
  EXPECT_EQ(std::get<SyncCommand>(set->command).resume_max_age, absl::Seconds(90));
  EXPECT_TRUE(std::get<SyncCommand>(set->command).fresh);
  constexpr absl::StatusCode kCode = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(Parse({"--keep-sync-count", "0"}, good), StatusIs(kCode, HasSubstr("from 1 to")));
  EXPECT_EQ(defaults.max_shrink, 0.5);
  const auto tuned = Parse({"--deadline", "90s", "--max-attempts", "3", "--connections", "256"}, good);
  EXPECT_EQ(std::get<SyncCommand>(tuned->command).limits.run, absl::Seconds(90));
  EXPECT_EQ(std::get<SyncCommand>(tuned->command).limits.in_flight, 256u);
  EXPECT_EQ(std::get<SyncCommand>(tuned->command).retry.max_attempts, 3);
  EXPECT_THAT(Parse({"--connections", "257"}, good), StatusIs(kCode, HasSubstr("from 1 to 256")));
  EXPECT_EQ(std::get<SyncCommand>(Parse({"--max-shrink", "7.5%"}, good)->command).max_shrink, 0.075);
  for (const char* share : {"50", "101%", "-1%", "%", "5%%"}) {
    EXPECT_THAT(Parse({std::string("--max-shrink=") + share}, good), StatusIs(kCode, HasSubstr("share"))) << share;
  }
  EXPECT_THAT(Parse({"--resume-max-age", "90"}, good), StatusIs(kCode, HasSubstr("unit")));
}

Table Sample() {
  return {"people",
          {{"user"}, {"last_role"}, {"teams", true}},
          {{{"alice"}, {"owner"}, {"developers", "web"}}, {{"zo\xC3\xAB"}, {""}, {}}, {{"a,\"b"}, {"admin"}, {"x"}}}};
}

TEST(TableTest, ForPeople) {
  EXPECT_EQ(Format(Sample(), OutputFormat::kTable),
            "USER   LAST ROLE  TEAMS\n"
            "alice  owner      developers, web\n"
            "zo\xC3\xAB    -          -\n"
            "a,\"b   admin      x\n");
}

TEST(TableTest, ForPrograms) {
  EXPECT_EQ(Format({"people", {{"user"}, {"teams", true}}, {{{"zo\xC3\xAB"}, {"a", "b"}}}}, OutputFormat::kJson),
            "{\n  \"people\": [\n    {\n      \"user\": \"zo\xC3\xAB\",\n      \"teams\": [\n        \"a\",\n        "
            "\"b\"\n      ]\n"
            "    }\n  ]\n}\n");
  EXPECT_EQ(Format({"people", {{"user"}}, {}}, OutputFormat::kJson), "{\n  \"people\": []\n}\n");
}

TEST(TableTest, ForSpreadsheets) {
  EXPECT_EQ(Format(Sample(), OutputFormat::kCsv),
            "user,last_role,teams\r\n"
            "alice,owner,developers;web\r\n"
            "zo\xC3\xAB,,\r\n"
            "\"a,\"\"b\",admin,x\r\n");
}

}  // namespace
}  // namespace connector
