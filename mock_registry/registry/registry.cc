#include "mock_registry/registry/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace mock_registry {
namespace {

using connector::HttpRequest;
using connector::HttpResponse;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestShownPath = 200;

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

HttpResponse JsonText(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  // no-store: npm's command line keeps an on-disk cache.
  response.headers = {{"content-type", "application/json"}, {"cache-control", "no-store"}};
  response.body = std::move(text);
  return response;
}

HttpResponse JsonResponse(int status, const Json& body) { return JsonText(status, Dump(body)); }

HttpResponse Error(int status, std::string_view text) { return JsonResponse(status, Json{{"error", text}}); }

HttpResponse NoRoute(const HttpRequest& request) {
  const NearMiss nearest = FindNearMiss(request);
  const std::string path = request.target.substr(0, kLongestShownPath);
  Json body;
  body["error"] = fmt::format("mock-registry has no operation for {} {}. The nearest is {}: {} {}", request.method,
                              path, nearest.operation, nearest.method, nearest.path);
  body["nearest"] = {{"operation", nearest.operation}, {"method", nearest.method}, {"path", nearest.path}};
  return JsonResponse(404, body);
}

std::optional<std::string> BearerToken(const HttpRequest& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::optional<std::string_view> header = connector::FindHeader(request.headers, "authorization");
  if (!header || !header->starts_with(kScheme)) return std::nullopt;
  return std::string(header->substr(kScheme.size()));
}

bool IsMember(const Org& org, const std::string& user) {
  return std::any_of(org.members.begin(), org.members.end(),
                     [&](const OrgMember& member) { return member.login == user; });
}

}  // namespace

Registry::Registry(const Scenario& scenario) : anonymous_(scenario.anonymous) {
  for (const Org& org : scenario.orgs) orgs_.emplace(org.name, org);
  first_org_ = scenario.orgs.empty() ? "" : scenario.orgs.front().name;
  orgs_.try_emplace(first_org_);
  for (const Token& token : scenario.tokens) tokens_.emplace(token.value, token);
}

HttpResponse Registry::ErrorResponse(int status) {
  switch (status) {
    case 200:
      return JsonResponse(200, Json::object());
    case 401:
      return Error(401, "Unauthorized");
    case 403:
      return Error(403, "Forbidden");
    case 404:
      return Error(404, "Not found");
    case 429:
      return Error(429, "Too Many Requests");
    default:
      return Error(status, fmt::format("the scenario answers {}", status));
  }
}

std::string Registry::ClientOf(const HttpRequest& request) const {
  const std::optional<std::string> token = BearerToken(request);
  if (!token) return "none";
  const auto found = tokens_.find(*token);
  return found == tokens_.end() ? "unknown" : found->second.id;
}

void Registry::Change(const mock_registry::Change& change) {
  using Kind = mock_registry::Change::Kind;
  Org& org = orgs_.at(first_org_);
  const auto find_team = [&] {
    return std::find_if(org.teams.begin(), org.teams.end(), [&](const Team& team) { return team.name == change.name; });
  };
  switch (change.kind) {
    case Kind::kAddMember:
      org.members.push_back({change.name, change.role});
      return;
    case Kind::kSetRole:
      for (OrgMember& member : org.members) {
        if (member.login == change.name) member.role = change.role;
      }
      return;
    case Kind::kRemoveMember:
      std::erase_if(org.members, [&](const OrgMember& member) { return member.login == change.name; });
      for (Team& team : org.teams) std::erase(team.members, change.name);
      return;
    case Kind::kAddTeam:
      org.teams.push_back({change.name, change.members});
      return;
    case Kind::kRemoveTeam:
      std::erase_if(org.teams, [&](const Team& team) { return team.name == change.name; });
      return;
    case Kind::kAddToTeam:
      if (const auto team = find_team(); team != org.teams.end()) {
        for (const std::string& login : change.members) {
          std::erase(team->members, login);
          team->members.push_back(login);
        }
      }
      return;
    case Kind::kRemoveFromTeam:
      if (const auto team = find_team(); team != org.teams.end()) {
        for (const std::string& login : change.members) std::erase(team->members, login);
      }
      return;
    case Kind::kRevokeToken:
      std::erase_if(tokens_, [&](const auto& entry) { return entry.second.id == change.name; });
  }
}

Reply Registry::Handle(const HttpRequest& request, connector::Instant /*now*/) {
  const std::optional<Route> route = FindRoute(request);
  if (!route) return {NoRoute(request), {}, {}};
  HttpResponse response = Answer(request, *route);
  response.headers.emplace_back("x-mock-operation", route->operation);
  return {std::move(response), {}, {}};
}

HttpResponse Registry::Answer(const HttpRequest& request, const Route& route) const {
  if (route.operation == "ping") return JsonResponse(200, Json::object());
  const std::optional<std::string> token = BearerToken(request);
  if (!token) return AnswerAnonymous(route);
  const auto found = tokens_.find(*token);
  if (found == tokens_.end()) return Error(401, "Unauthorized");
  const std::string& user = found->second.user;
  if (route.operation == "whoami") return Whoami(user);
  if (route.operation == "org.members") return OrgMembers(route, user);
  if (route.operation == "org.teams") return OrgTeams(route, user);
  return TeamMembers(route, user);
}

HttpResponse Registry::AnswerAnonymous(const Route& route) const {
  if (route.operation == "whoami" || anonymous_ == Anonymous::k401) return Error(401, "Missing \"Bearer\" header.");
  if (anonymous_ != Anonymous::kEmpty) return ErrorResponse(static_cast<int>(anonymous_));
  return JsonResponse(200, route.operation == "org.members" ? Json::object() : Json::array());
}

HttpResponse Registry::Whoami(const std::string& user) const { return JsonResponse(200, Json{{"username", user}}); }

HttpResponse Registry::OrgMembers(const Route& route, const std::string& user) const {
  const Org* org = FindOrg(route.org);
  if (org == nullptr) {
    // A user account answers like an organization of one.
    if (IsUserAccount(route.org)) return JsonResponse(200, Json{{route.org, "owner"}});
    return Error(404, "Scope not found");
  }
  if (!IsMember(*org, user)) return JsonResponse(200, Json::object());
  // By hand: an ordered object looks through all its keys at each insertion.
  std::string body = "{";
  for (const OrgMember& member : org->members) {
    body += fmt::format("{}{}:{}", body.size() > 1 ? "," : "", Dump(member.login), Dump(member.role));
  }
  return JsonText(200, body + "}");
}

HttpResponse Registry::OrgTeams(const Route& route, const std::string& user) const {
  const Org* org = FindOrg(route.org);
  if (org == nullptr) {
    if (IsUserAccount(route.org)) return JsonResponse(200, Json::array());
    return Error(404, "Scope not found");
  }
  if (!IsMember(*org, user)) return Error(403, "Forbidden");
  Json body = Json::array();
  for (const Team& team : org->teams) body.push_back(fmt::format("{}:{}", org->name, team.name));
  return JsonResponse(200, body);
}

HttpResponse Registry::TeamMembers(const Route& route, const std::string& user) const {
  const Org* org = FindOrg(route.org);
  if (org == nullptr) return Error(404, "Scope not found");
  if (!IsMember(*org, user)) return Error(403, "Forbidden");
  const auto team =
      std::find_if(org->teams.begin(), org->teams.end(), [&](const Team& t) { return t.name == route.team; });
  if (team == org->teams.end()) return Error(404, "Team not found");
  return JsonResponse(200, Json(team->members));
}

const Org* Registry::FindOrg(const std::string& name) const {
  const auto found = orgs_.find(name);
  return found == orgs_.end() ? nullptr : &found->second;
}

bool Registry::IsUserAccount(const std::string& name) const {
  const auto is_member = [&](const auto& entry) { return IsMember(entry.second, name); };
  const auto has_token = [&](const auto& entry) { return entry.second.user == name; };
  return std::any_of(orgs_.begin(), orgs_.end(), is_member) || std::any_of(tokens_.begin(), tokens_.end(), has_token);
}

}  // namespace mock_registry
