// npm's organization API, as npm's own command line calls it (libnpmorg and libnpmteam; OpenAPI at api-docs.npmjs.com).
// None of these listings is paged by npm: one document holds everything.
#pragma once

#include <string_view>

#include "connector/http/message.h"
#include "connector/npm/names.h"

namespace connector {

// GET /-/org/{org}/team: an array of "org:team".
HttpRequest TeamsRequest(const OrgName& org);

// GET /-/org/{org}/user: an object of user name to role.
HttpRequest MembersRequest(const OrgName& org);

// GET /-/team/{org}/{team}/user: an array of user names. npm's OpenAPI has /-/org/{org}/{team}/user instead, which no
// shipped client uses.
HttpRequest TeamMembersRequest(const OrgName& org, std::string_view team);

// GET /-/whoami: {"username": "alice"}.
HttpRequest WhoamiRequest();

}  // namespace connector
