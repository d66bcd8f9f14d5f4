// Which operation a request is. Rules, the journal and errors name operations by id, never by path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connector/http/message.h"

namespace mock_registry {

struct Route {
  std::string_view operation;  // "org.members"
  std::string org;             // decoded, "" if the operation has none
  std::string team;
};

// Routes by method and raw path; the query is left aside, as npm does with what it does not know.
std::optional<Route> FindRoute(const connector::HttpRequest& request);

// The decoded value of a query parameter, "" if it is not there.
std::string QueryValue(std::string_view target, std::string_view name);

struct NearMiss {
  std::string_view operation;
  std::string_view method;
  std::string_view path;  // with placeholders
};

// The operation that comes closest to a request without a route.
NearMiss FindNearMiss(const connector::HttpRequest& request);

}  // namespace mock_registry
