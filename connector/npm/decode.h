// Bytes to rows. Each function reads one whole JSON document by SAX, holding no more than the rows, and refuses
// anything that is not exactly the expected shape: a document that is misread could look like a smaller organization.
// Every error is kDataLoss and says what was seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connector/core/limits.h"
#include "connector/core/status.h"
#include "connector/npm/names.h"

namespace connector {

// npm's website calls a developer "Member".
enum class Role { kDeveloper, kAdmin, kOwner };

inline constexpr Role kRoles[] = {Role::kDeveloper, Role::kAdmin, Role::kOwner};

// "developer", "admin" or "owner".
std::string_view ToString(Role role);

struct Member {
  std::string user;
  Role role = Role::kDeveloper;
  friend bool operator==(const Member&, const Member&) = default;
};

// What a document says about the rest of its listing. A document that is all rows says nothing.
struct PageInfo {
  bool enveloped = false;                       // {"objects": rows, ...}, as npm's token list
  std::optional<std::uint64_t> total;           // rows of the whole listing
  std::optional<std::uint64_t> page, per_page;  // "page", from 0, and "perPage"
  std::optional<std::uint64_t> offset, limit;   // in rows
  std::string next_url;                         // "urls": {"next": ...}
  std::string next;                             // "next": a cursor or a URL
};

template <typename Row>
struct Page {
  std::vector<Row> rows;
  PageInfo info;
};

// Each listing comes as one document, or as `{"objects": <the same shape>, ...}` with what PageInfo holds beside it. An
// envelope with any other key is refused: it may mean that there is more.

// {"alice":"owner","bob":"developer"}, sorted by user name (bytes). Refuses a user named twice and a role that is none
// of the three.
absl::StatusOr<Page<Member>> DecodeMembers(std::string_view json, const DecodeLimits& limits);

// ["acme:developers","@acme:ops"], as sorted team names. The scope, with or without '@', must be `org`; the team's name
// is all that follows the first colon.
absl::StatusOr<Page<std::string>> DecodeTeams(std::string_view json, const OrgName& org, const DecodeLimits& limits);

// ["alice","bob"], sorted.
absl::StatusOr<Page<std::string>> DecodeTeamMembers(std::string_view json, const DecodeLimits& limits);

// {"username":"alice"}; "" if the document is anything else, because nothing depends on it.
std::string DecodeWhoami(std::string_view json);

}  // namespace connector
