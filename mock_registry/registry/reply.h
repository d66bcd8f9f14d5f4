// What a registry does with a request: an answer, and what happens to it on the wire.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "connector/core/instant.h"
#include "connector/http/message.h"

namespace mock_registry {

// At most one of these.
struct WireFault {
  // The body ends after this many bytes, under the Content-Length of the whole, and the connection is closed.
  std::optional<std::size_t> truncate_at;
  // The connection is reset after this many bytes of the reply, its head included.
  std::optional<std::size_t> reset_after;
  // These bytes are sent instead of an HTTP reply, and the connection is closed: "" is a clean close.
  std::optional<std::string> instead;

  bool any() const { return truncate_at || reset_after || instead; }
};

struct Reply {
  connector::HttpResponse response;
  WireFault fault;
  absl::Duration delay;  // from the request's arrival to the reply's first byte
};

// Answers `request`, which arrived at `now`. Called by one thread at a time.
using Handler = std::function<Reply(const connector::HttpRequest& request, connector::Instant now)>;

}  // namespace mock_registry
