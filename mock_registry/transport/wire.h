// A reply as bytes. One function, so that what a fault cuts is the same on every path.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "mock_registry/registry/reply.h"

namespace mock_registry {

struct WireReply {
  std::string head;
  std::string body;    // follows the head; by itself, because a large one is not to be copied
  bool close = false;  // after the bytes
  bool reset = false;  // instead of an orderly close

  std::size_t size() const { return head.size() + body.size(); }
  std::string bytes() const { return head + body; }
};

// `head_only`: the reply to a HEAD request. `close`: the client asked for it.
WireReply RenderReply(Reply reply, bool head_only, bool close);

// How many of the next bytes go out together when `sent` have gone, and the pause before them.
struct Burst {
  std::size_t size = 0;
  absl::Duration pause;
};
Burst NextBurst(const WireFault& fault, std::size_t sent, std::size_t total);

// From the reply's first byte to its last.
absl::Duration TransferTime(const Reply& reply);

// What a client makes of those bytes: the connector's own, reading them from memory. The simulation's counterpart of
// sending them.
std::variant<connector::HttpResponse, connector::TransportFailure> Deliver(Reply reply);

}  // namespace mock_registry
