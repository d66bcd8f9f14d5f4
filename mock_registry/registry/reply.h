// What a registry does with a request: an answer, and what happens to it on the wire.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "connector/core/instant.h"
#include "connector/http/message.h"

namespace mock_registry {

// What is wrong with the bytes of a reply, or with their timing.
struct WireFault {
  // The body ends after this many bytes, under the Content-Length of the whole, and the connection is closed.
  std::optional<std::size_t> truncate_at;
  // The connection is reset, or closed, after this many bytes of the reply, its head included.
  std::optional<std::size_t> reset_after;
  std::optional<std::size_t> close_after;
  // These bytes are sent instead of an HTTP reply, and the connection is closed: "" is a clean close.
  std::optional<std::string> instead;
  // The body comes in chunks, and the size of the second one is no number.
  bool malformed_chunk = false;
  // Content-Length is that much off.
  std::int64_t length_delta = 0;
  // A header more, after Content-Length.
  std::optional<std::pair<std::string, std::string>> extra_header;
  // Nobody listens at the port.
  bool refuse = false;
  // A pause after this many bytes.
  std::optional<std::size_t> stall_after;
  // So many bytes at a time, with a pause between.
  std::optional<std::size_t> dribble;
  absl::Duration pause;

  // Whether the reply does not arrive as it should, however late.
  bool any() const {
    return truncate_at || reset_after || close_after || instead || malformed_chunk || length_delta != 0 || refuse;
  }
};

struct Reply {
  connector::HttpResponse response;
  WireFault fault = {};
  absl::Duration delay = {};  // from the request's arrival to the reply's first byte
  std::string refusal = {};   // why the registry did not do what was asked, "auth.expired"
  absl::Duration pause = {};  // that Retry-After asks for; zero if a number of seconds in the header says it
  bool newest = true;         // the listing is that of the organization as it is now, not of a snapshot
  bool changed = false;       // the first organization
  bool damaged = false;       // the document is not what it should be
  std::shared_ptr<const std::string> packed = {};  // the document by gzip, for a client that accepts it
};

// `refusal`: Reply's.
inline Reply Refuse(connector::HttpResponse response, std::string refusal) {
  Reply reply{std::move(response)};
  reply.refusal = std::move(refusal);
  return reply;
}

// When and how a request came. Who asks only for the time may take it for an Instant.
struct Arrival {
  Arrival(connector::Instant time, std::uint64_t nth = 1) : at(time), nth_on_connection(nth) {}
  operator connector::Instant() const { return at; }

  connector::Instant at;
  std::uint64_t nth_on_connection;  // from 1
};

// Answers a request. Called by one thread at a time.
using Handler = std::function<Reply(const connector::HttpRequest& request, Arrival arrival)>;

}  // namespace mock_registry
