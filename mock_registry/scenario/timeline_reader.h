// The `timeline` of a scenario.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// Follows the first organization through the timeline, in the order of the file, so that a change that cannot happen
// is an error of the file.
class TimelineReader {
 public:
  // `scenario` has its organizations and tokens already.
  TimelineReader(const Scenario& scenario, Problems& problems);

  Step Read(const JsonNode& node, const std::string& path);

 private:
  Change ReadChange(const JsonNode& node, const std::string& path);
  // { "name": role, login, logins or value }
  void ReadPair(const JsonNode& node, const std::string& path, Change& change);
  void Follow(const Change& change, Position position, const std::string& path);

  Problems& problems_;
  std::set<std::string> members_;
  std::set<std::string> teams_;
  std::set<std::string> tokens_;
};

}  // namespace mock_registry
