#include "mock_registry/registry/router.h"

#include <algorithm>
#include <vector>

#include "connector/core/percent.h"
#include "mock_registry/nearest.h"

namespace mock_registry {
namespace {

// npm's own clients use /-/team/...; npm's OpenAPI has /-/org/{org}/{team}/user. Both are served.
constexpr NearMiss kOperations[] = {
    {"ping", "GET", "/-/ping"},
    {"whoami", "GET", "/-/whoami"},
    {"otp.done", "GET", "/-/v1/done"},
    {"org.members", "GET", "/-/org/{org}/user"},
    {"org.members.set", "PUT", "/-/org/{org}/user"},
    {"org.members.remove", "DELETE", "/-/org/{org}/user"},
    {"org.teams", "GET", "/-/org/{org}/team"},
    {"team.create", "PUT", "/-/org/{org}/team"},
    {"team.remove", "DELETE", "/-/team/{org}/{team}"},
    {"team.members", "GET", "/-/team/{org}/{team}/user"},
    {"team.members", "GET", "/-/org/{org}/{team}/user"},
    {"org.packages", "GET", "/-/org/{org}/package"},
    {"team.packages", "GET", "/-/team/{org}/{team}/package"},
    {"team.members.add", "PUT", "/-/team/{org}/{team}/user"},
    {"team.members.remove", "DELETE", "/-/team/{org}/{team}/user"},
};

std::vector<std::string_view> Segments(std::string_view target) {
  std::string_view path = target.substr(0, target.find('?'));
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool IsPlaceholder(std::string_view segment) { return segment.starts_with('{'); }

std::optional<Route> Match(const NearMiss& operation, const std::vector<std::string_view>& pattern,
                           const std::vector<std::string_view>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  Route route{operation.operation, "", ""};
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!IsPlaceholder(pattern[i])) {
      if (pattern[i] != segments[i]) return std::nullopt;
      continue;
    }
    const std::optional<std::string> value = connector::PercentDecode(segments[i]);
    if (!value || value->empty()) return std::nullopt;
    (pattern[i] == "{org}" ? route.org : route.team) = *value;
  }
  return route;
}

std::size_t Distance(const NearMiss& operation, const connector::HttpRequest& request,
                     const std::vector<std::string_view>& segments) {
  const std::vector<std::string_view> pattern = Segments(operation.path);
  // A wrong method is the smallest mistake: the path is right.
  std::size_t distance = operation.method == request.method ? 0 : 1;
  for (std::size_t i = 0; i < std::max(pattern.size(), segments.size()); ++i) {
    const std::string_view wanted = i < pattern.size() ? pattern[i] : "";
    const std::string_view seen = i < segments.size() ? segments[i] : "";
    if (IsPlaceholder(wanted)) {
      distance += seen.empty() ? wanted.size() : 0;
    } else {
      distance += 2 * EditDistance(wanted, seen);
    }
  }
  return distance;
}

}  // namespace

std::optional<Route> FindRoute(const connector::HttpRequest& request) {
  static const std::vector<std::vector<std::string_view>> patterns = [] {
    std::vector<std::vector<std::string_view>> all;
    for (const NearMiss& operation : kOperations) all.push_back(Segments(operation.path));
    return all;
  }();
  const std::vector<std::string_view> segments = Segments(request.target);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (kOperations[i].method != request.method) continue;
    if (std::optional<Route> route = Match(kOperations[i], patterns[i], segments)) return route;
  }
  return std::nullopt;
}

NearMiss FindNearMiss(const connector::HttpRequest& request) {
  const std::vector<std::string_view> segments = Segments(request.target);
  return *std::min_element(std::begin(kOperations), std::end(kOperations), [&](const NearMiss& a, const NearMiss& b) {
    return Distance(a, request, segments) < Distance(b, request, segments);
  });
}

std::string QueryValue(std::string_view target, std::string_view name) {
  const std::size_t mark = target.find('?');
  std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) {
      const std::string_view raw = pair.substr(std::min(equals + 1, pair.size()));
      return connector::PercentDecode(raw).value_or(std::string(raw));
    }
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return "";
}

}  // namespace mock_registry
