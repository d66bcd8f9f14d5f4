// The access graph in Baton's words: deterministic protobuf, ready for the `data` columns of a .c1z.
#pragma once

#include <string>
#include <string_view>

#include "connector/access/model.h"

namespace connector {

// All return serialized c1.connector.v2 messages. The same arguments give the same bytes, always: `baton diff` compares
// bytes. Names must be valid UTF-8, because Go's reader refuses a file with anything else; the JSON decoder has seen to
// that.

std::string EncodeResourceType(ResourceType type);
std::string EncodeUser(std::string_view organization, std::string_view user);
std::string EncodeOrganization(std::string_view organization);
std::string EncodeTeam(std::string_view organization, std::string_view team);

// On an organization: the permission of a role. On a team: its membership.
std::string EncodeEntitlement(std::string_view organization, const Entitlement& entitlement);

// Grants of one entitlement to users. A grant holds entitlement and principal by id alone; readers take the rest from
// the other tables. What the grants share is encoded once, because a large organization has millions of them.
class GrantEncoder {
 public:
  explicit GrantEncoder(Entitlement entitlement);

  // id() and data() are then of the grant to `user`.
  void Encode(std::string_view user);

  const Entitlement& entitlement() const { return entitlement_; }
  const std::string& entitlement_id() const { return entitlement_id_; }
  const std::string& id() const { return id_; }
  const std::string& data() const { return data_; }

 private:
  Entitlement entitlement_;
  std::string entitlement_id_;
  std::string id_;
  std::size_t id_prefix_;  // bytes of id_ that every user shares
  std::string data_;
  std::size_t data_prefix_;
};

}  // namespace connector
