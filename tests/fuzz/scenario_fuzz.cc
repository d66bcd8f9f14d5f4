// Arbitrary bytes as a scenario file: a scenario, or an error that names the file.
#include <cstdint>
#include <cstdlib>

#include "mock_registry/scenario/loader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto scenario = mock_registry::ParseScenarios(text, "fuzzed.json");
  if (!scenario.ok() && !connector::Message(scenario.status()).starts_with("fuzzed.json:")) std::abort();
  return 0;
}
