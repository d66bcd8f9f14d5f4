// Whether a run was as the scenario expects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/access/graph.h"
#include "connector/core/status.h"

namespace mock_registry {

// What only the client knows. Absent where somebody else's client is judged.
struct ClientResult {
  absl::Status status;
  std::optional<connector::AccessGraph> graph;  // what it published, if it published
  bool incomplete = false;                      // it published, and said with its error that something is left out
  std::string partial_publish;                  // what is wrong with its files after an error; "" if nothing is
  absl::Duration duration;
  std::size_t in_flight = 0;  // the peak
};

struct Miss {
  std::string expectation;  // "expect.requests.max"
  std::string message;      // "expected at most 3, got 5", further lines for details
};

struct Verdict {
  std::vector<Miss> misses;

  bool ok() const { return misses.empty(); }
  bool Misses(std::string_view expectation) const;
  // "FAILED name (seed 1)" and the misses, indented. `replay` is the command that shows it again.
  std::string Report(const std::string& name, std::uint64_t seed, const std::string& replay) const;
};

}  // namespace mock_registry
