// A reply as bytes. One function, so that what a fault cuts is the same on every path.
#pragma once

#include <string>

#include "mock_registry/registry/reply.h"

namespace mock_registry {

struct WireReply {
  std::string bytes;
  bool close = false;  // after the bytes
};

// `head_only`: the reply to a HEAD request. `close`: the client asked for it.
WireReply RenderReply(const Reply& reply, bool head_only, bool close);

}  // namespace mock_registry
