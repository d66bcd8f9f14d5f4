#include "mock_registry/registry/documents.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace mock_registry {

connector::HttpResponse JsonText(int status, std::string text) {
  connector::HttpResponse response;
  response.status = status;
  // no-store: npm's command line keeps an on-disk cache.
  response.headers = {{"content-type", "application/json"}, {"cache-control", "no-store"}};
  response.body = std::move(text);
  return response;
}

void SetHeader(connector::HttpResponse& response, const std::string& name, std::string value) {
  std::erase_if(response.headers, [&](const auto& header) { return header.first == name; });
  response.headers.emplace_back(name, std::move(value));
}

std::string Quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

connector::HttpResponse ErrorDocument(int status, std::string_view text) {
  return JsonText(status, fmt::format("{{\"error\":{}}}", Quoted(text)));
}

connector::HttpResponse ErrorDocument(int status) {
  switch (status) {
    case 200:
      return JsonText(200, "{}");
    case 401:
      return ErrorDocument(401, "Unauthorized");
    case 403:
      return ErrorDocument(403, "Forbidden");
    case 404:
      return ErrorDocument(404, "Not found");
    case 429:
      return ErrorDocument(429, "Too Many Requests");
    default:
      return ErrorDocument(status, fmt::format("the scenario answers {}", status));
  }
}

}  // namespace mock_registry
