// HTTP/1.1 requests out of a stream of bytes (RFC 9112). Values stay as they came: nothing is decoded, so that the
// registry sees what the client sent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "connector/http/message.h"

namespace mock_registry {

struct RequestLimits {
  std::size_t head_bytes = 256 * 1024;
  std::size_t body_bytes = 16 * 1024 * 1024;
};

struct ParsedRequest {
  enum class State { kPartial, kWhole, kBad };
  State state = State::kPartial;
  std::size_t size = 0;            // kWhole: bytes of the stream that it took
  connector::HttpRequest request;  // kWhole
  bool close = false;              // kWhole: the client wants no further reply on the connection
  bool awaits_continue = false;    // kPartial: the client waits for 100 before it sends the body
  int status = 0;                  // kBad: 400, 413, 431, 501 or 505
  std::string problem;             // kBad
};

// The request that `bytes` begins with.
ParsedRequest ParseRequest(std::string_view bytes, const RequestLimits& limits = {});

}  // namespace mock_registry
