#include "connector/npm/endpoints.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "connector/core/percent.h"

namespace connector {
namespace {

// npm-command and npm-auth-type are what npm's command line sends; the registry words its refusals by them.
HttpRequest Get(std::string target, std::string_view npm_command) {
  HttpRequest request;
  request.target = std::move(target);
  request.headers = {
      {"Accept", "application/json"}, {"npm-command", std::string(npm_command)}, {"npm-auth-type", "web"}};
  return request;
}

}  // namespace

HttpRequest TeamsRequest(const OrgName& org) {
  return Get(fmt::format("/-/org/{}/team?format=cli", PercentEncode(org.value())), "team");
}

HttpRequest MembersRequest(const OrgName& org) {
  return Get(fmt::format("/-/org/{}/user", PercentEncode(org.value())), "org");
}

HttpRequest TeamMembersRequest(const OrgName& org, std::string_view team) {
  return Get(fmt::format("/-/team/{}/{}/user?format=cli", PercentEncode(org.value()), PercentEncode(team)), "team");
}

HttpRequest WhoamiRequest() { return Get("/-/whoami", "whoami"); }

}  // namespace connector
