#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "mock_registry/scenario/loader.h"
#include "tests/testing/status_matchers.h"

namespace mock_registry {
namespace {

using ::testing::HasSubstr;
using testing_util::IsOk;
using testing_util::StatusIs;

absl::StatusOr<Org> Generate(const std::string& members, const std::string& teams, int seed = 1) {
  const auto scenario = ParseScenario(
      fmt::format(R"({{ "version": 1, "seed": {}, "orgs": {{ "acme": {{ "members": {}, "teams": {} }} }} }})", seed,
                  members, teams),
      "g.json");
  if (!scenario.ok()) return scenario.status();
  return scenario->orgs.front();
}

constexpr const char* kMembers =
    R"({ "generate": { "count": 1000, "login": "user-{i:06}", "roles": { "owner": 3, "admin": "1%", "developer": "rest" } },
         "include": [ { "login": "zoë", "role": "admin" } ] })";

TEST(GeneratorTest, MembersByNumber) {
  const auto org = Generate(kMembers, "{}");
  ASSERT_THAT(org, IsOk());
  ASSERT_EQ(org->members.size(), 1001u);
  EXPECT_EQ(org->members[0].login, "user-000000");
  EXPECT_EQ(org->members[999].login, "user-000999");
  EXPECT_EQ(org->members[1000].login, "zoë");
  std::map<std::string, int> roles;
  for (const OrgMember& member : org->members) ++roles[member.role];
  EXPECT_EQ(roles, (std::map<std::string, int>{{"owner", 3}, {"admin", 11}, {"developer", 987}}));
}

TEST(GeneratorTest, TeamsAreMembersEachOnce) {
  for (const char* size : {R"({ "dist": "fixed", "size": 7 })", R"({ "dist": "uniform", "min": 1, "max": 40 })",
                           R"({ "dist": "zipf", "s": 1.1, "max": 5000 })"}) {
    const auto org = Generate(kMembers, fmt::format(R"({{ "generate": {{ "count": 50, "name": "t{{i}}", "size": {} }},
                                    "include": [ {{ "name": "developers", "members": "all" }} ] }})",
                                                    size));
    ASSERT_THAT(org, IsOk());
    ASSERT_EQ(org->teams.size(), 51u);
    std::set<std::string> logins;
    for (const OrgMember& member : org->members) logins.insert(member.login);
    for (const Team& team : org->teams) {
      const std::set<std::string> members(team.members.begin(), team.members.end());
      EXPECT_EQ(members.size(), team.members.size()) << team.name;
      EXPECT_FALSE(members.empty());
      EXPECT_TRUE(std::includes(logins.begin(), logins.end(), members.begin(), members.end())) << team.name;
    }
    EXPECT_EQ(org->teams[50].members.size(), 1001u);
  }
  const auto zipf = Generate(
      kMembers, R"({ "generate": { "count": 3, "name": "t{i}", "size": { "dist": "zipf", "s": 1, "max": 90 } } })");
  EXPECT_EQ(zipf->teams[0].members.size(), 90u);
  EXPECT_EQ(zipf->teams[1].members.size(), 45u);
  EXPECT_EQ(zipf->teams[2].members.size(), 30u);
}

TEST(GeneratorTest, TheSeedDecides) {
  const char* teams =
      R"({ "generate": { "count": 9, "name": "t{i}", "size": { "dist": "uniform", "min": 5, "max": 9 } } })";
  const auto members = [&](int seed) { return Generate(kMembers, teams, seed)->teams[4].members; };
  EXPECT_EQ(members(1), members(1));
  EXPECT_NE(members(1), members(2));
}

TEST(GeneratorTest, AUserMayBeCalledGenerate) {
  const auto org = Generate(R"({ "generate": "owner", "include": "admin" })", R"({ "generate": ["include"] })");
  ASSERT_THAT(org, IsOk());
  EXPECT_EQ(org->members.size(), 2u);
  EXPECT_EQ(org->teams[0].name, "generate");
}

TEST(GeneratorTest, MistakesAreNamed) {
  const auto refused = [](const char* message) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message));
  };
  const auto members = [](const char* count, const char* login, const char* roles) {
    return Generate(
        fmt::format(R"({{ "generate": {{ "count": {}, "login": "{}", "roles": {} }} }})", count, login, roles), "{}");
  };
  EXPECT_THAT(members("5", "u", R"({ "owner": 5 })"), refused("a name with {i}"));
  EXPECT_THAT(members("5", "u{i:6}", R"({ "owner": 5 })"), refused("a name with {i}"));
  EXPECT_THAT(members("5", "u{i}", R"({ "owner": 6 })"), refused("these are 6 members, and the count is 5"));
  EXPECT_THAT(members("5", "u{i}", R"({ "owner": 4 })"), refused("these are 4 members"));
  EXPECT_THAT(members("5", "u{i}", R"({ "owner": "rest", "admin": "rest" })"), refused("only one role"));
  EXPECT_THAT(members("5", "u{i}", R"({ "king": 5 })"), refused("king"));
  EXPECT_THAT(members("99999999999", "u{i}", R"({ "owner": "rest" })"), refused("at most"));
  EXPECT_THAT(
      Generate(
          R"({ "generate": { "count": 1, "login": "u{i}", "roles": { "owner": 1 } }, "include": [ { "login": "u0", "role": "admin" } ] })",
          "{}"),
      refused("\"u0\" is there twice"));
  EXPECT_THAT(
      Generate(kMembers,
               R"({ "generate": { "count": 1, "name": "t{i}", "size": { "dist": "zipf", "s": 0, "max": 1 } } })"),
      refused("above 0"));
}

}  // namespace
}  // namespace mock_registry
