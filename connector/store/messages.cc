#include "connector/store/messages.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "baton.pb.h"
#include "connector/core/percent.h"

namespace connector {
namespace {

namespace pb = c1::connector::v2;

std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// Any::PackFrom does not serialize deterministically.
void Annotate(google::protobuf::RepeatedPtrField<google::protobuf::Any>* annotations,
              const google::protobuf::Message& message) {
  google::protobuf::Any* any = annotations->Add();
  any->set_type_url(fmt::format("type.googleapis.com/{}", message.GetDescriptor()->full_name()));
  any->set_value(Serialize(message));
}

void SetId(pb::ResourceId* id, ResourceType type, std::string_view name) {
  id->set_resource_type(std::string(ToString(type)));
  id->set_resource(std::string(name));
}

pb::ResourceType MakeResourceType(ResourceType type) {
  pb::ResourceType message;
  message.set_id(std::string(ToString(type)));
  switch (type) {
    case ResourceType::kOrganization:
      message.set_display_name("Organization");
      message.set_description("An npm organization");
      message.add_traits(pb::ResourceType::TRAIT_GROUP);
      break;
    case ResourceType::kTeam:
      message.set_display_name("Team");
      message.set_description("A team of an npm organization");
      message.add_traits(pb::ResourceType::TRAIT_GROUP);
      break;
    case ResourceType::kUser:
      message.set_display_name("User");
      message.set_description("An npm user account");
      message.add_traits(pb::ResourceType::TRAIT_USER);
      Annotate(message.mutable_annotations(), pb::SkipEntitlementsAndGrants());
      break;
  }
  return message;
}

pb::Resource MakeOrganization(std::string_view organization) {
  pb::Resource message;
  SetId(message.mutable_id(), ResourceType::kOrganization, organization);
  message.set_display_name(std::string(organization));
  Annotate(message.mutable_annotations(), pb::GroupTrait());
  for (const ResourceType child : {ResourceType::kTeam, ResourceType::kUser}) {
    pb::ChildResourceType annotation;
    annotation.set_resource_type_id(std::string(ToString(child)));
    Annotate(message.mutable_annotations(), annotation);
  }
  return message;
}

pb::Resource MakeTeam(std::string_view organization, std::string_view team) {
  pb::Resource message;
  SetId(message.mutable_id(), ResourceType::kTeam, team);
  SetId(message.mutable_parent_resource_id(), ResourceType::kOrganization, organization);
  message.set_display_name(std::string(team));
  Annotate(message.mutable_annotations(), pb::GroupTrait());
  return message;
}

void DescribeRole(pb::Entitlement& message, std::string_view organization, std::string_view role) {
  std::string title(role);
  title[0] = static_cast<char>(title[0] - 'a' + 'A');
  message.set_display_name(fmt::format("{} {}", organization, title));
  message.set_description(
      fmt::format("Has the role {} in the npm organization {}. A member has exactly one of developer, admin and owner",
                  role, organization));
  message.set_purpose(pb::Entitlement::PURPOSE_VALUE_PERMISSION);
}

}  // namespace

std::string EncodeResourceType(ResourceType type) { return Serialize(MakeResourceType(type)); }

std::string EncodeOrganization(std::string_view organization) { return Serialize(MakeOrganization(organization)); }

std::string EncodeTeam(std::string_view organization, std::string_view team) {
  return Serialize(MakeTeam(organization, team));
}

std::string EncodeUser(std::string_view organization, std::string_view user) {
  pb::Resource message;
  SetId(message.mutable_id(), ResourceType::kUser, user);
  SetId(message.mutable_parent_resource_id(), ResourceType::kOrganization, organization);
  message.set_display_name(std::string(user));
  pb::UserTrait trait;
  trait.mutable_status()->set_status(pb::UserTrait::Status::STATUS_ENABLED);
  trait.set_account_type(pb::UserTrait::ACCOUNT_TYPE_HUMAN);
  trait.set_login(std::string(user));
  Annotate(message.mutable_annotations(), trait);
  // Readers refuse a link of more than 1024 bytes; a name of many non-ASCII letters can be that long.
  constexpr std::size_t kLongestLink = 1024;
  pb::ExternalLink link;
  link.set_url(fmt::format("https://www.npmjs.com/~{}", PercentEncode(user)));
  if (link.url().size() <= kLongestLink) Annotate(message.mutable_annotations(), link);
  message.mutable_status()->set_status(pb::Status::RESOURCE_STATUS_ENABLED);
  return Serialize(message);
}

std::string EncodeEntitlement(std::string_view organization, const Entitlement& entitlement) {
  pb::Entitlement message;
  message.set_id(entitlement.Id());
  message.set_slug(entitlement.slug);
  *message.add_grantable_to() = MakeResourceType(ResourceType::kUser);
  if (entitlement.resource.type == ResourceType::kOrganization) {
    *message.mutable_resource() = MakeOrganization(organization);
    DescribeRole(message, organization, entitlement.slug);
  } else {
    const std::string& team = entitlement.resource.name;
    *message.mutable_resource() = MakeTeam(organization, team);
    message.set_display_name(fmt::format("{} Team Member", team));
    message.set_description(fmt::format("Is a member of the team {} in the npm organization {}", team, organization));
    message.set_purpose(pb::Entitlement::PURPOSE_VALUE_ASSIGNMENT);
  }
  return Serialize(message);
}

std::string EncodeGrant(const Grant& grant) {
  pb::Grant message;
  message.set_id(grant.Id());
  message.mutable_entitlement()->set_id(grant.entitlement.Id());
  const ResourceId& resource = grant.entitlement.resource;
  SetId(message.mutable_entitlement()->mutable_resource()->mutable_id(), resource.type, resource.name);
  SetId(message.mutable_principal()->mutable_id(), grant.principal.type, grant.principal.name);
  return Serialize(message);
}

}  // namespace connector
