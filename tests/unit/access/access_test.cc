#include <gtest/gtest.h>

#include "connector/access/digest.h"
#include "connector/access/graph.h"
#include "connector/access/guards.h"
#include "tests/testing/status_matchers.h"

namespace connector {
namespace {

using ::testing::HasSubstr;
using testing_util::IsOk;
using testing_util::StatusIs;

OrgName Acme() { return *OrgName::Parse("acme"); }

TEST(IdsTest, AreBatonsPlainJoins) {
  const Entitlement owner = OrganizationEntitlements("acme")[2];
  EXPECT_EQ(owner.Id(), "organization:acme:owner");
  EXPECT_EQ((Grant{owner, {ResourceType::kUser, "alice"}}).Id(), "organization:acme:owner:user:alice");
  EXPECT_EQ(TeamEntitlement("a:b").Id(), "team:a:b:member");
  EXPECT_EQ((Grant{TeamEntitlement("ops"), {ResourceType::kUser, "bob"}}).Id(), "team:ops:member:user:bob");
}

TEST(GuardsTest, WhoAsksIsAMember) {
  const OrgName acme = *OrgName::Parse("acme");
  const std::vector<Member> members = {{"Alice", Role::kOwner}, {"dave", Role::kDeveloper}};
  EXPECT_THAT(CheckActingUser(acme, "dave", members), IsOk());
  EXPECT_THAT(CheckActingUser(acme, "alice", members), IsOk());
  EXPECT_THAT(CheckActingUser(acme, "", members), IsOk());
  EXPECT_THAT(CheckActingUser(acme, "eve", members),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("lacks eve")));
}

TEST(GuardsTest, ARosterMayShrinkByAShare) {
  const OrgName acme = *OrgName::Parse("acme");
  const std::vector<Member> members = {{"alice", Role::kOwner}, {"dave", Role::kDeveloper}};
  EXPECT_THAT(CheckShrink(acme, {}, members, 0), IsOk());
  EXPECT_THAT(CheckShrink(acme, {"alice", "bob"}, members, 0.5), IsOk());
  EXPECT_THAT(CheckShrink(acme, {"alice", "bob", "carol"}, members, 0.5),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("bob, carol")));
  EXPECT_THAT(CheckShrink(acme, {"alice", "bob", "carol"}, members, 1), IsOk());
  std::vector<std::string> many = {"alice"};
  for (int i = 0; i < 20; ++i) many.push_back("user-" + std::to_string(i));
  EXPECT_THAT(CheckShrink(acme, many, members, 0.9),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("and 10 more")));
}

TEST(GuardsTest, ARosterThatCannotBeBelievedIsRefused) {
  constexpr absl::StatusCode kCode = absl::StatusCode::kFailedPrecondition;
  EXPECT_THAT(CheckMembers(Acme(), {}), StatusIs(kCode, HasSubstr("no members")));
  EXPECT_THAT(CheckMembers(Acme(), {{"acme", Role::kOwner}}), StatusIs(kCode, HasSubstr("user account")));
  EXPECT_THAT(CheckMembers(Acme(), {{"bob", Role::kAdmin}}), StatusIs(kCode, HasSubstr("no owner")));
  EXPECT_THAT(CheckMembers(Acme(), {{"alice", Role::kOwner}}), IsOk());
  EXPECT_THAT(CheckMembers(Acme(), {{"acme", Role::kOwner}, {"bob", Role::kDeveloper}}), IsOk());
}

TEST(GuardsTest, NoTeamsAtAllIsRefused) {
  EXPECT_THAT(CheckTeams(Acme(), {}), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no teams")));
  EXPECT_THAT(CheckTeams(Acme(), {"ops"}), IsOk());
  EXPECT_TRUE(DoubtAboutTeams({"ops"}).has_value());
  EXPECT_FALSE(DoubtAboutTeams({"developers", "ops"}).has_value());
}

AccessGraph Sample() {
  AccessGraph graph;
  graph.organization = "acme";
  graph.users = {"alice", "bob"};
  graph.teams = {"ops", "web"};
  graph.grants = {{OrganizationEntitlements("acme")[2], {ResourceType::kUser, "alice"}},
                  {TeamEntitlement("ops"), {ResourceType::kUser, "bob"}}};
  return graph;
}

TEST(DigestTest, OrderDoesNotMatterContentDoes) {
  const std::string digest = GraphDigest(Sample());
  EXPECT_EQ(digest.size(), 64u);
  AccessGraph other = Sample();
  std::swap(other.grants[0], other.grants[1]);
  std::swap(other.users[0], other.users[1]);
  EXPECT_EQ(GraphDigest(other), digest);

  other = Sample();
  other.grants[0].entitlement = OrganizationEntitlements("acme")[1];
  EXPECT_NE(GraphDigest(other), digest);
  other = Sample();
  other.users.pop_back();
  EXPECT_NE(GraphDigest(other), digest);
}

TEST(DigestTest, NamesWithColonsDoNotCollide) {
  AccessGraph a = Sample();
  a.grants = {{TeamEntitlement("x:member:user:y"), {ResourceType::kUser, "z"}}};
  AccessGraph b = Sample();
  b.grants = {{TeamEntitlement("x"), {ResourceType::kUser, "y:member:user:z"}}};
  EXPECT_EQ(a.grants[0].Id(), b.grants[0].Id());
  EXPECT_NE(GraphDigest(a), GraphDigest(b));
}

}  // namespace
}  // namespace connector
