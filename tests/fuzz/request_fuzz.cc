// Arbitrary bytes as what a client sends to the mock registry.
#include <cstdint>
#include <cstdlib>

#include "mock_registry/transport/request_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using State = mock_registry::ParsedRequest::State;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto require = [](bool holds) {
    if (!holds) std::abort();
  };
  const mock_registry::ParsedRequest parsed = mock_registry::ParseRequest(bytes);
  require((parsed.state == State::kBad) == (parsed.status != 0));
  if (parsed.state != State::kWhole) return 0;
  require(parsed.size > 0 && parsed.size <= size);
  // What follows a whole request changes nothing of it.
  const mock_registry::ParsedRequest again = mock_registry::ParseRequest(bytes.substr(0, parsed.size));
  require(again.state == State::kWhole && again.request.body == parsed.request.body);
  return 0;
}
