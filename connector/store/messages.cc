#include "connector/store/messages.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

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

// Of a field of `size` bytes with what stands before it. Its number is below 16.
std::size_t FieldSize(std::size_t size) {
  return 1 + google::protobuf::io::CodedOutputStream::VarintSize64(size) + size;
}

// What stands before the bytes of a string or message.
void AppendHead(std::string& out, int field, std::size_t size) {
  constexpr int kLengthDelimited = 2;
  constexpr int kMostBytes = 10;
  std::uint8_t varint[kMostBytes];
  out += static_cast<char>(field << 3 | kLengthDelimited);
  const std::uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(size, varint);
  out.append(reinterpret_cast<const char*>(varint), static_cast<std::size_t>(end - varint));
}

void AppendField(std::string& out, int field, std::string_view bytes) {
  AppendHead(out, field, bytes.size());
  out += bytes;
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

GrantEncoder::GrantEncoder(Entitlement entitlement)
    : entitlement_(std::move(entitlement)),
      entitlement_id_(entitlement_.Id()),
      id_(Grant{entitlement_, {ResourceType::kUser, ""}}.Id()),
      id_prefix_(id_.size()) {
  pb::Grant shared;
  shared.mutable_entitlement()->set_id(entitlement_id_);
  SetId(shared.mutable_entitlement()->mutable_resource()->mutable_id(), entitlement_.resource.type,
        entitlement_.resource.name);
  data_ = Serialize(shared);
  data_prefix_ = data_.size();
}

void GrantEncoder::Encode(std::string_view user) {
  id_.resize(id_prefix_);
  id_ += user;
  // The fields that follow the entitlement, which has the lowest number.
  const std::string_view type = ToString(ResourceType::kUser);
  const std::size_t id_size = FieldSize(type.size()) + FieldSize(user.size());
  data_.resize(data_prefix_);
  AppendHead(data_, pb::Grant::kPrincipalFieldNumber, FieldSize(id_size));
  AppendHead(data_, pb::Resource::kIdFieldNumber, id_size);
  AppendField(data_, pb::ResourceId::kResourceTypeFieldNumber, type);
  AppendField(data_, pb::ResourceId::kResourceFieldNumber, user);
  AppendField(data_, pb::Grant::kIdFieldNumber, id_);
}

}  // namespace connector
