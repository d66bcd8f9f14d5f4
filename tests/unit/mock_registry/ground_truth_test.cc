#include "mock_registry/verify/ground_truth.h"

#include <gmock/gmock.h>

#include "connector/access/digest.h"
#include "mock_registry/scenario/loader.h"

namespace mock_registry {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Org Parse(const char* org) {
  return ParseScenario(fmt::format(R"({{ "version": 1, "orgs": {{ "acme": {} }} }})", org), "s.json")->orgs.front();
}

TEST(GroundTruthTest, CountsWhatIsListed) {
  const Org org = Parse(R"({ "members": { "ann": "owner", "bob": "developer", "cat": "developer" },
      "teams": { "developers": "all", "web": ["cat"], "empty": [] }, "packages": { "@acme/a": { "web": "read-only" } } })");
  const Census census = CensusOf(org);
  EXPECT_EQ(census.members, 3u);
  EXPECT_THAT(census.roles, ElementsAre(Pair("developer", 2), Pair("owner", 1)));
  EXPECT_EQ(census.teams, 3u);
  EXPECT_EQ(census.memberships, 4u);
  EXPECT_EQ(census.packages, 1u);
  EXPECT_EQ(census.grants(), 7u);
  EXPECT_THAT(TeamsOf(org, "cat"), ElementsAre("developers", "web"));
  EXPECT_THAT(TeamsOf(org, "bob"), ElementsAre("developers"));
  EXPECT_THAT(TeamsOf(org, "nobody"), ElementsAre());
}

// A million members and ten million memberships take no more than a few numbers.
TEST(GroundTruthTest, KnowsAnyMemberOfAGeneratedMillion) {
  const Org org =
      Parse(R"({ "members": { "generate": { "count": 1000000, "login": "u{i:07}", "roles": { "owner": "rest" } } },
      "teams": { "generate": { "count": 2000, "name": "t{i}", "size": { "dist": "fixed", "size": 5000 } } } })");
  std::size_t teams = 0;
  for (const std::string& team : TeamsOf(org, "u0777777")) {
    const Sequence<std::string> members = org.teams[*org.teams.Find(team)].members;
    EXPECT_EQ(members[*members.Find("u0777777")], "u0777777");
    ++teams;
  }
  EXPECT_GT(teams, 0u);
  EXPECT_LT(teams, 30u);  // ten are to be expected
}

TEST(GroundTruthTest, DigestIsThatOfTheAccessGraph) {
  const Org org = Parse(
      R"({ "members": { "ann": "owner", "b:c": "developer" }, "teams": { "web": ["b:c", "ann"], "a b": ["ann"], "none": [] } })");
  connector::GraphBuilder graph;
  graph.AddOrganization("acme").IgnoreError();
  const auto roles = connector::OrganizationEntitlements("acme");
  for (const char* user : {"b:c", "ann"}) graph.AddUser(user).IgnoreError();
  graph.AddGrant(roles[2], "ann").IgnoreError();
  graph.AddGrant(roles[0], "b:c").IgnoreError();
  for (const char* team : {"a b", "none", "web"}) graph.AddTeam(team).IgnoreError();
  graph.AddGrant(connector::TeamEntitlement("a b"), "ann").IgnoreError();
  graph.AddGrant(connector::TeamEntitlement("web"), "ann").IgnoreError();
  graph.AddGrant(connector::TeamEntitlement("web"), "b:c").IgnoreError();
  EXPECT_EQ(DigestOf(org), connector::GraphDigest(graph.graph()));
}

}  // namespace
}  // namespace mock_registry
