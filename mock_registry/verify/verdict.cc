#include "mock_registry/verify/verdict.h"

#include <algorithm>

namespace mock_registry {

bool Verdict::Misses(std::string_view expectation) const {
  return std::any_of(misses.begin(), misses.end(), [&](const Miss& miss) { return miss.expectation == expectation; });
}

std::string Verdict::Report(const std::string& name, std::uint64_t seed, const std::string& replay) const {
  std::string report = fmt::format("FAILED {} (seed {})\n", name, seed);
  for (const Miss& miss : misses) {
    std::string message = miss.message;
    for (std::size_t at = message.find('\n'); at != std::string::npos; at = message.find('\n', at + 1)) {
      message.insert(at + 1, "    ");
    }
    report += fmt::format("  {}: {}\n", miss.expectation, message);
  }
  return report + fmt::format("  replay: {}\n", replay);
}

}  // namespace mock_registry
