#include "mock_registry/registry/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "mock_registry/registry/compression.h"
#include "mock_registry/registry/documents.h"
#include "mock_registry/registry/roster.h"

namespace mock_registry {
namespace {

using connector::HttpRequest;
using connector::Instant;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestShownPath = 200;
constexpr std::size_t kMostListedBytes = 64 * 1024 * 1024;
constexpr std::string_view kEveryoneTeam = "developers";

Reply NoRoute(const HttpRequest& request) {
  const NearMiss nearest = FindNearMiss(request);
  const std::string path = request.target.substr(0, kLongestShownPath);
  Json body;
  body["error"] = fmt::format("mock-registry has no operation for {} {}. The nearest is {}: {} {}", request.method,
                              path, nearest.operation, nearest.method, nearest.path);
  body["nearest"] = {{"operation", nearest.operation}, {"method", nearest.method}, {"path", nearest.path}};
  return {JsonText(404, body.dump(-1, ' ', false, Json::error_handler_t::replace))};
}

Reply RefuseStatus(int status, std::string refusal) {
  return Refuse(status == 401 ? ErrorDocument(401, "Missing \"Bearer\" header.") : ErrorDocument(status),
                std::move(refusal));
}

// A string in a request's document, "" if it is not there.
std::string Field(const Json& document, const char* key) {
  const auto found = document.is_object() ? document.find(key) : document.end();
  return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string WithoutAt(const std::string& name) { return name.starts_with('@') ? name.substr(1) : name; }

std::string ValueOf(const OrgMember& member) { return member.role; }
std::string ValueOf(const PackageAccess& package) { return package.access == "read-write" ? "write" : "read"; }
std::string ValueOf(const Team&) { return ""; }
std::string ValueOf(const std::string&) { return ""; }

// The listings that are an object, and not an array of names.
bool IsObject(std::string_view operation) {
  return operation == "org.members" || operation == "org.packages" || operation == "team.packages";
}

bool IsOfATeam(std::string_view operation) { return operation.starts_with("team."); }

template <typename Item>
class RowSource final : public Source<Row> {
 public:
  explicit RowSource(Sequence<Item> items) : items_(std::move(items)) {}

  std::size_t size() const override { return items_.size(); }
  Row At(std::size_t index) const override {
    const Item item = items_[index];
    return {NameOf(item), ValueOf(item)};
  }
  std::optional<std::size_t> Find(const std::string& name) const override { return items_.Find(name); }

 private:
  const Sequence<Item> items_;
};

template <typename Item>
Sequence<Row> RowsOf(const Sequence<Item>& items) {
  return std::shared_ptr<const Source<Row>>(std::make_shared<RowSource<Item>>(items));
}

}  // namespace

Registry::Registry(const Scenario& scenario)
    : anonymous_(scenario.anonymous),
      gate_(scenario),
      dialects_(scenario.pagination),
      gzip_(scenario.gzip),
      pages_(dialects_) {
  for (const Org& org : scenario.orgs) orgs_.emplace(org.name, org);
  first_org_ = scenario.orgs.empty() ? "" : scenario.orgs.front().name;
  orgs_.try_emplace(first_org_);
}

void Registry::Change(const mock_registry::Change& change) {
  using Kind = mock_registry::Change::Kind;
  if (change.kind == Kind::kRevokeToken) return gate_.Revoke(change.name);
  if (change.kind == Kind::kRotateToken) return gate_.Rotate(change.name, change.value);
  Apply(change, orgs_.at(first_org_));
  Forget();
}

Reply Registry::Handle(const HttpRequest& request, const std::optional<Route>& route, Instant now) {
  if (!route) return NoRoute(request);
  Reply reply = Answer(request, *route, now);
  reply.response.headers.emplace_back("x-mock-operation", route->operation);
  return reply;
}

Reply Registry::Answer(const HttpRequest& request, const Route& route, Instant now) {
  if (route.operation == "ping") return {ErrorDocument(200)};
  if (route.operation == "otp.done") return gate_.OtpDone(request, now);
  const auto [client, token] = gate_.AskerOf(request);
  if (client == "none") return AnswerAnonymous(route);
  if (token == nullptr) return Refuse(ErrorDocument(401), "auth.unknown");
  if (std::optional<Reply> refused = gate_.Check(*token, request, route.operation, now)) return *std::move(refused);
  if (route.operation == "whoami") return {JsonText(200, fmt::format(R"({{"username":{}}})", Quoted(token->user)))};
  if (token->view != View::kFull) return AnswerView(route, token->view);
  return IsWrite(route.operation) ? Write(request, route, *token) : List(request, route, *token, now);
}

Reply Registry::AnswerAnonymous(const Route& route) const {
  if (route.operation == "whoami" || IsWrite(route.operation) || anonymous_ == Anonymous::k401) {
    return RefuseStatus(401, "auth.none");
  }
  if (anonymous_ != Anonymous::kEmpty) return RefuseStatus(static_cast<int>(anonymous_), "auth.none");
  return AnswerView(route, View::kEmpty);
}

Reply Registry::AnswerView(const Route& route, View view) const {
  constexpr int kStatus[] = {200, 200, 200, 401, 403, 404};
  const int status = kStatus[static_cast<std::size_t>(view)];
  if (status != 200) return RefuseStatus(status, "auth.view");
  Reply reply{JsonText(200, IsObject(route.operation) ? "{}" : "[]")};
  if (route.operation == "org.members" && view == View::kUserScope) {
    reply.response.body = fmt::format(R"({{{}:"owner"}})", Quoted(route.org));
  }
  reply.refusal = "auth.view";
  return reply;
}

Reply Registry::List(const HttpRequest& request, const Route& route, const Token& token, Instant now) {
  const Org* org = FindOrg(route.org);
  if (org == nullptr) {
    // A user account answers like an organization of one.
    if (!IsOfATeam(route.operation) && IsUserAccount(route.org)) return AnswerView(route, View::kUserScope);
    return {ErrorDocument(404, "Scope not found")};
  }
  if (!IsMember(*org, token.user)) {
    const bool shown = route.operation == "org.members" || route.operation == "org.packages";
    return shown ? AnswerView(route, View::kEmpty) : RefuseStatus(403, "auth.outsider");
  }
  const std::shared_ptr<const Listing> listing = ListingOf(*org, route);
  if (listing == nullptr) return {ErrorDocument(404, "Team not found")};
  Reply reply = pages_.Answer(request, route, token.id, listing, now);
  if (gzip_ && reply.response.status == 200 && AcceptsGzip(request)) {
    reply.packed = Packed(*listing, reply.response.body);
  }
  return reply;
}

std::shared_ptr<const Listing> Registry::ListingOf(const Org& org, const Route& route) {
  const std::tuple key(std::string(route.operation), org.name, route.team);
  if (const auto found = listings_.find(key); found != listings_.end()) return found->second;
  Rows rows{IsObject(route.operation), "", {}};
  if (route.operation == "org.members") {
    rows.rows = RowsOf(org.members);
  } else if (route.operation == "org.packages") {
    rows.rows = RowsOf(org.packages);
  } else if (route.operation == "org.teams") {
    rows.prefix = org.name + ":";
    rows.rows = RowsOf(org.teams);
  } else {
    const std::optional<Team> team = FindTeam(org, route.team);
    if (!team) return nullptr;
    rows.rows = route.operation == "team.packages" ? RowsOf(team->packages) : RowsOf(team->members);
  }
  std::shared_ptr<const Listing> listing = pages_.Prepare(route.operation, std::move(rows));
  const std::size_t bytes = listing->document.size() + listing->rows.rows.size() * sizeof(Row);
  if (listed_bytes_ + bytes > kMostListedBytes) Forget();
  listed_bytes_ += bytes;
  listings_.emplace(key, listing);
  return listing;
}

std::shared_ptr<const std::string> Registry::Packed(const Listing& listing, const std::string& document) {
  if (listing.document.empty()) return std::make_shared<const std::string>(Gzip(document));
  std::shared_ptr<const std::string>& packed = packed_[&listing];
  if (packed == nullptr) {
    packed = std::make_shared<const std::string>(Gzip(document));
    listed_bytes_ += packed->size();
  }
  return packed;
}

void Registry::Forget() {
  listings_.clear();
  packed_.clear();
  listed_bytes_ = 0;
}

Reply Registry::Write(const HttpRequest& request, const Route& route, const Token& token) {
  using Kind = mock_registry::Change::Kind;
  const auto found = orgs_.find(route.org);
  if (found == orgs_.end()) return {ErrorDocument(404, "Scope not found")};
  Org& org = found->second;
  const std::string role = RoleOf(org, token.user);
  const bool of_members = route.operation.starts_with("org.members.");
  if (role != "owner" && (of_members || role != "admin")) return RefuseStatus(403, "auth.role");

  const Json document = Json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  const std::string user = WithoutAt(Field(document, "user"));
  const std::optional<Team> team = FindTeam(org, route.team);
  mock_registry::Change change;
  Reply reply{JsonText(204, "")};
  if (route.operation == "org.members.set") {
    const std::string wanted = Field(document, "role").empty() ? "developer" : Field(document, "role");
    if (user.empty()) return {ErrorDocument(400, "user is required")};
    if (wanted != "developer" && wanted != "admin" && wanted != "owner") return {ErrorDocument(400, "unknown role")};
    if (wanted != "owner" && IsLastOwner(org, user)) return {ErrorDocument(403, "The last owner has to stay one")};
    change = {IsMember(org, user) ? Kind::kSetRole : Kind::kAddMember, user, wanted};
    const std::size_t size = org.members.size() + (IsMember(org, user) ? 0 : 1);
    reply.response = JsonText(201, fmt::format(R"({{"org":{{"name":{},"size":{}}},"user":{},"role":{}}})",
                                               Quoted(org.name), size, Quoted(user), Quoted(wanted)));
  } else if (route.operation == "org.members.remove") {
    if (!IsMember(org, user)) return {ErrorDocument(404, "User not found")};
    if (IsLastOwner(org, user)) return {ErrorDocument(403, "The last owner has to stay")};
    change = {Kind::kRemoveMember, user};
  } else if (route.operation == "team.create") {
    const std::string name = Field(document, "name");
    if (name.empty()) return {ErrorDocument(400, "name is required")};
    if (FindTeam(org, name)) return {ErrorDocument(409, "Team exists")};
    change = {Kind::kAddTeam, name};
    reply.response = JsonText(201, fmt::format(R"({{"name":{}}})", Quoted(name)));
  } else if (!team) {
    return {ErrorDocument(404, "Team not found")};
  } else if (route.operation == "team.remove") {
    if (team->name == kEveryoneTeam) return {ErrorDocument(403, "The team developers cannot be deleted")};
    change = {Kind::kRemoveTeam, team->name};
  } else {
    if (!IsMember(org, user)) return {ErrorDocument(404, "User not found")};
    const bool add = route.operation == "team.members.add";
    change = {add ? Kind::kAddToTeam : Kind::kRemoveFromTeam, team->name, "", {user}};
    if (add) reply.response = JsonText(201, "{}");
  }
  Apply(change, org);
  Forget();
  reply.changed = org.name == first_org_;
  return reply;
}

const Org* Registry::FindOrg(const std::string& name) const {
  const auto found = orgs_.find(name);
  return found == orgs_.end() ? nullptr : &found->second;
}

bool Registry::IsUserAccount(const std::string& name) const {
  const auto is_member = [&](const auto& entry) { return IsMember(entry.second, name); };
  return std::any_of(orgs_.begin(), orgs_.end(), is_member) || gate_.HasUser(name);
}

}  // namespace mock_registry
