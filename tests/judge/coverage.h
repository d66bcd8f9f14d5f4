// Which troubles of the scenario language were met by which operations, and how the runs ended. What the language
// offers and no run delivered is a hole in the suite.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mock_registry/scenario/scenario.h"
#include "tests/judge/judge.h"

namespace testing_util {

class Coverage {
 public:
  Coverage();

  void Add(const mock_registry::Scenario& scenario, const JudgedRun& run);

  // A line for each trouble and operation: "fault reset  org.teams  ok 12, unavailable 3".
  std::string Report() const;

  // The troubles that no run delivered.
  std::vector<std::string> Missing() const;

 private:
  // Operation to outcome to deliveries.
  using Row = std::map<std::string, std::map<std::string, std::uint64_t>>;

  void Count(const std::string& trouble, const std::string& operation, const std::string& outcome);

  std::map<std::string, Row> rows_;
};

}  // namespace testing_util
