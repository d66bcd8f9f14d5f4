// What a registry does with a request: an answer, and what happens to it on the wire.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "connector/core/instant.h"
#include "connector/http/message.h"

namespace mock_registry {

struct WireFault {
  // The body ends after this many bytes, under the Content-Length of the whole, and the connection is closed.
  std::optional<std::size_t> truncate_at;
};

struct Reply {
  connector::HttpResponse response;
  WireFault fault;
};

// Answers `request`, which arrived at `now`. Called by one thread at a time.
using Handler = std::function<Reply(const connector::HttpRequest& request, connector::Instant now)>;

}  // namespace mock_registry
