#include "mock_registry/transport/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace mock_registry {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

}  // namespace

WireReply RenderReply(const Reply& reply, bool head_only, bool close) {
  const connector::HttpResponse& response = reply.response;
  const bool truncated = reply.fault.truncate_at && *reply.fault.truncate_at < response.body.size();
  WireReply wire;
  wire.close = close || truncated;
  wire.bytes = fmt::format("HTTP/1.1 {} {}\r\n", response.status, Reason(response.status));
  for (const auto& [name, value] : response.headers) wire.bytes += fmt::format("{}: {}\r\n", name, value);
  if (response.status != 204) wire.bytes += fmt::format("content-length: {}\r\n", response.body.size());
  wire.bytes += fmt::format("connection: {}\r\n\r\n", wire.close ? "close" : "keep-alive");
  if (head_only || response.status == 204) return wire;
  wire.bytes.append(response.body, 0, truncated ? *reply.fault.truncate_at : response.body.size());
  return wire;
}

}  // namespace mock_registry
