#include <gtest/gtest.h>

#include "mock_registry/nearest.h"
#include "mock_registry/scenario/loader.h"
#include "mock_registry/scenario/located_json.h"
#include "tests/testing/status_matchers.h"

namespace mock_registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_util::IsOk;
using testing_util::StatusIs;

TEST(NearestTest, ForgivesSlipsOnly) {
  EXPECT_EQ(Nearest("memebrs", {"teams", "members"}), "members");
  EXPECT_EQ(Nearest("zzzzz", {"teams", "members"}), std::nullopt);
  EXPECT_EQ(Nearest("x", {}), std::nullopt);
  EXPECT_EQ(EditDistance("ab", "ba"), 1u);
}

TEST(LocatedJsonTest, KnowsWhereEverythingStands) {
  const auto root =
      ParseLocatedJson("{ // comment, with \"quotes\"\n  \"a\" : [1, -2.5e3,\"\xC3\xA9\" , true ],\n/* x */ \"b\":{}}");
  ASSERT_THAT(root, IsOk());
  ASSERT_EQ(root->members.size(), 2u);
  const auto at = [](Position p) { return std::pair(p.line, p.column); };
  EXPECT_EQ(at(root->position), std::pair(1, 1));
  EXPECT_EQ(at(root->members[0].position), std::pair(2, 3));
  const JsonNode& array = root->members[0].value;
  EXPECT_EQ(at(array.position), std::pair(2, 9));
  EXPECT_EQ(at(array.items[0].position), std::pair(2, 10));
  EXPECT_EQ(at(array.items[1].position), std::pair(2, 13));
  EXPECT_EQ(at(array.items[2].position), std::pair(2, 20));
  EXPECT_EQ(at(array.items[3].position), std::pair(2, 26));
  EXPECT_EQ(at(root->members[1].position), std::pair(3, 9));
  EXPECT_EQ(at(root->members[1].value.position), std::pair(3, 13));
}

TEST(LocatedJsonTest, ErrorsPointAtThePlace) {
  EXPECT_THAT(ParseLocatedJson("{\n  \"a\": ,\n}"),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::StartsWith("2:8: syntax error")));
  EXPECT_THAT(ParseLocatedJson("{\"a\":1,\n \"a\":2}"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2:2: the key \"a\"")));
  EXPECT_THAT(ParseLocatedJson(std::string(100, '[')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deeper than 64")));
  EXPECT_FALSE(ParseLocatedJson("").ok());
}

TEST(ScenarioTest, TheSmallestScenarioIsAFriendlyRegistry) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(R"({ "version": 1 })", "s.json");
  ASSERT_THAT(scenario, IsOk());
  ASSERT_EQ(scenario->orgs.size(), 1u);
  EXPECT_EQ(scenario->orgs[0].name, "acme");
  ASSERT_EQ(scenario->tokens.size(), 1u);
  EXPECT_EQ(scenario->tokens[0].value, kDefaultToken);
  EXPECT_EQ(scenario->tokens[0].user, "alice");
}

TEST(ScenarioTest, ReadsOrganizationsAndTokens) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(R"({
    "$schema": "x", "x-note": 1, "version": 1, "name": "n", "tags": ["t"], "seed": 9,
    "orgs": { "tiny": { "members": { "zed": "developer", "ann": "owner" }, "teams": { "developers": "all", "web": ["zed"] } } },
    "auth": { "tokens": [ { "value": "npm_a" }, { "id": "z", "value": "npm_z", "user": "zed" } ] } })",
                                                          "s.json");
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->seed, 9u);
  const Org& org = scenario->orgs.at(0);
  EXPECT_EQ(org.members[0].login, "zed");
  EXPECT_THAT(org.teams[0].members, ElementsAre("zed", "ann"));
  EXPECT_THAT(org.teams[1].members, ElementsAre("zed"));
  EXPECT_EQ(scenario->tokens.at(0).id, "token-1");
  EXPECT_EQ(scenario->tokens.at(0).user, "ann");
  EXPECT_EQ(scenario->tokens.at(1).user, "zed");
}

TEST(ScenarioTest, EveryProblemIsNamedInTheOrderOfTheFile) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(R"({
  "version": 2,
  "orgz": {},
  "seed": -1,
  "orgs": { "acme": {
    "members": { "ann": "ower", "bob": 3 },
    "teams": { "web": ["anne", "ann", "ann"], "ops": "everyone" } } },
  "auth": { "tokens": [ { "user": "ann" } ] }
})",
                                                          "s.json");
  EXPECT_THAT(scenario, StatusIs(absl::StatusCode::kInvalidArgument,
                                 R"(s.json:2:14  version: this program reads version 1, the file has 2
s.json:3:3  orgz: unknown key "orgz". Did you mean "orgs"?
s.json:4:11  seed: expected a whole number from 0 on, found -1
s.json:6:25  orgs.acme.members.ann: unknown role "ower". Did you mean "owner"?
s.json:6:40  orgs.acme.members.bob: expected a string, found a number
s.json:7:24  orgs.acme.teams.web[0]: "anne" is not a member of the organization. Did you mean "ann"?
s.json:7:39  orgs.acme.teams.web[2]: "ann" is in the team already
s.json:7:54  orgs.acme.teams.ops: expected an array of logins or "all", found a string
s.json:8:25  auth.tokens[0]: the key "value" is missing)"));
}

TEST(ScenarioTest, VersionIsRequired) {
  EXPECT_THAT(ParseScenario("{}", "s.json"),
              StatusIs(absl::StatusCode::kInvalidArgument, "s.json:1:1  the key \"version\" is missing"));
}

TEST(ScenarioTest, AMissingFileIsNamed) {
  EXPECT_THAT(LoadScenario("no/such.json"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("no/such.json")));
}

}  // namespace
}  // namespace mock_registry
