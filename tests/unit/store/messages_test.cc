#include "connector/store/messages.h"

#include <gmock/gmock.h>

#include <string>

#include "baton.pb.h"

namespace connector {
namespace {

c1::connector::v2::Grant AsProtobuf(const Entitlement& entitlement, const std::string& user) {
  const Grant grant{entitlement, {ResourceType::kUser, user}};
  c1::connector::v2::Grant message;
  message.set_id(grant.Id());
  message.mutable_entitlement()->set_id(entitlement.Id());
  auto* const resource = message.mutable_entitlement()->mutable_resource()->mutable_id();
  resource->set_resource_type(std::string(ToString(entitlement.resource.type)));
  resource->set_resource(entitlement.resource.name);
  message.mutable_principal()->mutable_id()->set_resource_type("user");
  message.mutable_principal()->mutable_id()->set_resource(user);
  return message;
}

// Lengths on both sides of one and two bytes of a length, long after short and the other way round.
TEST(GrantEncoderTest, WritesWhatProtobufWrites) {
  for (const std::size_t team_size : {1, 50, 127, 128, 20'000}) {
    const Entitlement membership = TeamEntitlement(std::string(team_size, 't'));
    GrantEncoder encoder(membership);
    for (const std::size_t user_size : {1, 100, 118, 119, 128, 16'400, 3}) {
      const std::string user(user_size, 'u');
      encoder.Encode(user);
      EXPECT_EQ(encoder.data(), AsProtobuf(membership, user).SerializeAsString()) << team_size << " " << user_size;
      EXPECT_EQ(encoder.id(), (Grant{membership, {ResourceType::kUser, user}}.Id()));
    }
  }
}

TEST(GrantEncoderTest, EncodesRolesOfTheOrganization) {
  for (const Entitlement& role : OrganizationEntitlements("acme")) {
    GrantEncoder encoder(role);
    encoder.Encode("zo\u00eb:1");
    EXPECT_EQ(encoder.data(), AsProtobuf(role, "zo\u00eb:1").SerializeAsString());
  }
}

}  // namespace
}  // namespace connector
