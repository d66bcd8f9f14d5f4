// Arbitrary bytes as what a server sends in answer to a request: a response within the limits or a failure with a
// reason, never a crash.
#include <cstdint>
#include <cstdlib>

#include "connector/http/httplib_client.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  connector::WireLimits limits;
  limits.body_bytes = 64 * 1024;
  const auto result = connector::ReadRecordedReply({reinterpret_cast<const char*>(data), size}, limits);
  if (const auto* response = std::get_if<connector::HttpResponse>(&result)) {
    if (response->body.size() > limits.body_bytes) std::abort();
    if (response->status < 0 || response->status > 999) std::abort();
  } else if (std::get<connector::TransportFailure>(result).detail.empty()) {
    std::abort();
  }
  return 0;
}
