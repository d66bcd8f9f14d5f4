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

std::map<std::string, std::string> MapOf(const Sequence<PackageAccess>& packages) {
  std::map<std::string, std::string> map;
  for (const PackageAccess& package : packages) map.emplace(package.name, package.access);
  EXPECT_EQ(map.size(), packages.size());
  return map;
}

TEST(GeneratorTest, PackagesAreDealtToTeams) {
  struct Case {
    int packages, teams, holders;
  };
  for (const Case& c : {Case{20, 7, 1}, Case{20, 7, 3}, Case{5, 7, 2}, Case{3, 4, 99}, Case{6, 1, 1}, Case{4, 6, 0}}) {
    SCOPED_TRACE(fmt::format("{} packages, {} teams, {} holders", c.packages, c.teams, c.holders));
    const auto scenario = ParseScenario(fmt::format(R"({{ "version": 1, "orgs": {{ "acme": {{ "members": {}, "teams": {{
            "generate": {{ "count": {}, "name": "t{{i}}", "size": {{ "dist": "fixed", "size": 3 }} }} }},
          "packages": {{ "generate": {{ "count": {}, "name": "@acme/p{{i}}", "teams": {},
            "access": {{ "read-only": 2, "read-write": "rest" }} }} }} }} }} }})",
                                                    kMembers, c.teams, c.packages, c.holders),
                                        "g.json");
    ASSERT_THAT(scenario, IsOk());
    const Org& org = scenario->orgs.front();
    const std::map<std::string, std::string> all = MapOf(org.packages);
    EXPECT_EQ(all.size(), static_cast<std::size_t>(c.packages));
    EXPECT_EQ(all.at("@acme/p0"), "read-only");
    EXPECT_EQ(all.at("@acme/p2"), "read-write");
    std::map<std::string, int> holders;
    for (const Team& team : org.teams) {
      const std::map<std::string, std::string> own = MapOf(team.packages);
      for (const auto& [name, access] : all) {
        const auto index = team.packages.Find(name);
        EXPECT_EQ(index.has_value(), own.contains(name));
        if (!index) continue;
        EXPECT_EQ(team.packages[*index].name, name);
        EXPECT_EQ(own.at(name), access);
        ++holders[name];
      }
    }
    for (const auto& [name, access] : all) EXPECT_EQ(holders[name], std::min(c.holders, c.teams)) << name;
  }
}

TEST(GeneratorTest, PackagesAreGivenToTeamsByName) {
  const auto scenario = ParseScenario(R"({ "version": 1, "orgs": { "acme": { "members": { "ann": "owner" },
      "teams": { "web": [], "ops": ["ann"] },
      "packages": { "@acme/a": { "web": "read-only", "ops": "read-write" }, "@acme/b": { "ops": "read-only" }, "c": {} } } } })",
                                      "g.json");
  ASSERT_THAT(scenario, IsOk());
  const Org& org = scenario->orgs.front();
  EXPECT_EQ(MapOf(org.packages), (std::map<std::string, std::string>{
                                     {"@acme/a", "read-write"}, {"@acme/b", "read-only"}, {"c", "read-only"}}));
  EXPECT_EQ(MapOf(org.teams[0].packages), (std::map<std::string, std::string>{{"@acme/a", "read-only"}}));
  EXPECT_EQ(MapOf(org.teams[1].packages),
            (std::map<std::string, std::string>{{"@acme/a", "read-write"}, {"@acme/b", "read-only"}}));
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
  EXPECT_THAT(members("5", "u{i}", R"({ "owner": "rest", "admin": "rest" })"), refused("only one can have the rest"));
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
