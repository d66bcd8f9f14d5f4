#include "mock_registry/transport/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace mock_registry {
namespace {

using connector::HttpResponse;
using connector::TransportError;
using connector::TransportFailure;

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
  const WireFault& fault = reply.fault;
  WireReply wire;
  wire.close = close || fault.any();
  if (fault.instead) {
    wire.bytes = *fault.instead;
    return wire;
  }
  wire.bytes = fmt::format("HTTP/1.1 {} {}\r\n", response.status, Reason(response.status));
  for (const auto& [name, value] : response.headers) wire.bytes += fmt::format("{}: {}\r\n", name, value);
  if (response.status != 204) wire.bytes += fmt::format("content-length: {}\r\n", response.body.size());
  wire.bytes += fmt::format("connection: {}\r\n\r\n", wire.close ? "close" : "keep-alive");
  if (!head_only && response.status != 204)
    wire.bytes.append(response.body, 0, fault.truncate_at.value_or(response.body.size()));
  if (fault.reset_after) {
    wire.reset = true;
    wire.bytes.resize(std::min(wire.bytes.size(), *fault.reset_after));
  }
  return wire;
}

std::variant<HttpResponse, TransportFailure> Deliver(Reply reply) {
  const WireFault& fault = reply.fault;
  if (!fault.any()) return std::move(reply.response);
  if (fault.instead) {
    if (fault.instead->empty()) {
      return TransportFailure{TransportError::kClosed, "the connection was closed without a reply"};
    }
    return TransportFailure{TransportError::kMalformed, "the reply does not start like an HTTP/1 response"};
  }
  const TransportFailure truncated{TransportError::kTruncated, "the connection was closed before the end of the body"};
  if (fault.truncate_at) {
    if (*fault.truncate_at < reply.response.body.size()) return truncated;
    return std::move(reply.response);
  }
  const std::size_t sent = RenderReply(reply, false, false).bytes.size();
  reply.fault = {};
  const std::size_t whole = RenderReply(reply, false, true).bytes.size();
  if (sent >= whole) return std::move(reply.response);
  if (sent >= whole - reply.response.body.size()) return truncated;
  return TransportFailure{TransportError::kClosed, "the connection was reset before a whole head arrived"};
}

}  // namespace mock_registry
