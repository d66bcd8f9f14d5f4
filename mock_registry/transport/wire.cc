#include "mock_registry/transport/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "connector/http/httplib_client.h"

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
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
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

void Shorten(std::string& text, std::size_t most) { text.resize(std::min(text.size(), most)); }

// Two chunks, and no number where the size of the second one stands.
std::string MalformedChunks(const std::string& body) {
  const std::size_t half = body.size() / 2;
  return fmt::format("{:x}\r\n{}\r\nno size\r\n{}\r\n0\r\n\r\n", half, body.substr(0, half), body.substr(half));
}

}  // namespace

WireReply RenderReply(Reply reply, bool head_only, bool close) {
  connector::HttpResponse& response = reply.response;
  const WireFault& fault = reply.fault;
  WireReply wire;
  wire.close = close || fault.any();
  if (fault.refuse) {
    wire.reset = true;
    return wire;
  }
  if (fault.instead) {
    wire.head = *fault.instead;
    return wire;
  }
  const bool has_body = response.status != 204 && response.status != 304;
  wire.head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, Reason(response.status));
  for (const auto& [name, value] : response.headers) wire.head += fmt::format("{}: {}\r\n", name, value);
  if (fault.malformed_chunk) {
    wire.head += "transfer-encoding: chunked\r\n";
  } else if (has_body) {
    const std::int64_t length = static_cast<std::int64_t>(response.body.size()) + fault.length_delta;
    wire.head += fmt::format("content-length: {}\r\n", std::max<std::int64_t>(length, 0));
  }
  if (fault.extra_header) wire.head += fmt::format("{}: {}\r\n", fault.extra_header->first, fault.extra_header->second);
  wire.head += fmt::format("connection: {}\r\n\r\n", wire.close ? "close" : "keep-alive");
  if (!head_only && has_body) {
    wire.body = fault.malformed_chunk ? MalformedChunks(response.body) : std::move(response.body);
    if (fault.truncate_at) Shorten(wire.body, *fault.truncate_at);
  }
  if (fault.reset_after || fault.close_after) {
    wire.reset = fault.reset_after.has_value();
    const std::size_t most = wire.reset ? *fault.reset_after : *fault.close_after;
    Shorten(wire.body, most - std::min(most, wire.head.size()));
    Shorten(wire.head, most);
  }
  return wire;
}

Burst NextBurst(const WireFault& fault, std::size_t sent, std::size_t total) {
  if (fault.dribble) return {std::min(*fault.dribble, total - sent), sent == 0 ? absl::ZeroDuration() : fault.pause};
  if (fault.stall_after && *fault.stall_after < total) {
    if (sent < *fault.stall_after) return {*fault.stall_after - sent, absl::ZeroDuration()};
    return {total - sent, fault.pause};
  }
  return {total - sent, absl::ZeroDuration()};
}

absl::Duration TransferTime(const Reply& reply) {
  if (!reply.fault.dribble && !reply.fault.stall_after) return absl::ZeroDuration();
  const std::size_t total = RenderReply(reply, false, false).size();
  absl::Duration time;
  for (std::size_t sent = 0; sent < total;) {
    const Burst burst = NextBurst(reply.fault, sent, total);
    sent += burst.size;
    time += burst.pause;
  }
  return time;
}

std::variant<HttpResponse, TransportFailure> Deliver(Reply reply) {
  if (reply.fault.refuse) return TransportFailure{TransportError::kConnect, "nobody listens at the port"};
  const bool plain = !reply.fault.any() && !reply.fault.extra_header && !reply.damaged && reply.packed == nullptr;
  if (plain) return std::move(reply.response);
  return connector::ReadRecordedReply(RenderReply(std::move(reply), false, false).bytes(), connector::WireLimits());
}

}  // namespace mock_registry
