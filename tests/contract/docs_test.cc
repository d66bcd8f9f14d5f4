// What the documentation shows is what happens.
#include <gtest/gtest.h>

#include <regex>

#include "connector/cli/inspect.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/sync_runner.h"
#include "tests/testing/temp_folder.h"

namespace {

using testing_util::IsOk;

std::string ReadDocument(const std::string& name) {
  return testing_util::ReadBytes(std::string(SCENARIO_FOLDER) + "/../" + name);
}

TEST(DocsTest, ReadmeShowsTheDemosRealTable) {
  const auto scenario = mock_registry::LoadScenario(std::string(SCENARIO_FOLDER) + "/quickstart.scenario.json");
  ASSERT_THAT(scenario, IsOk());
  const testing_util::TempFolder folder;
  mock_registry::Registry registry(*scenario);
  testing_util::SyncRun run;
  run.token = scenario->tokens[0].value;
  run.file = folder.File("sync.c1z");
  ASSERT_THAT(RunSync(run, testing_util::HandlerOf(registry)), IsOk());
  const std::string table =
      *connector::Show({run.file, connector::ShowView::kPeople, "", connector::OutputFormat::kTable});
  const std::string untimed = table.substr(0, table.find(", synced at"));
  EXPECT_NE(ReadDocument("README.md").find(untimed), std::string::npos) << "README.md does not show\n" << untimed;
}

TEST(DocsTest, ReadmeListsEveryFlagAndVariable) {
  const auto options = connector::ParseOptions({"--help"}, [](const std::string&) { return std::nullopt; });
  const std::string help = std::get<connector::PrintCommand>(options->command).text;
  const std::string readme = ReadDocument("README.md");
  const std::regex name("(--[a-z][a-z-]+|BATON_[A-Z_]+)");
  int names = 0;
  for (std::sregex_iterator match(help.begin(), help.end(), name), end; match != end; ++match) {
    if (match->str() == "--help" || match->str() == "--version") continue;
    EXPECT_NE(readme.find("`" + match->str() + "`"), std::string::npos) << match->str() << " is not in README.md";
    ++names;
  }
  EXPECT_GE(names, 16);
}

}  // namespace
