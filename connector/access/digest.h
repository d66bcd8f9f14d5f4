// One number for a whole access graph: two graphs have the same digest exactly if they say the same about everybody.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "connector/access/graph.h"

namespace connector {

// SHA-256, in lower-case hex, over the graph's sorted records, each preceded by its length. The order in which the
// graph was collected does not matter.
std::string GraphDigest(const AccessGraph& graph);

// A graph of which the grants are told resource by resource, so that it need not be held whole.
struct GraphParts {
  using UserAndSlug = std::pair<std::string, std::string>;

  std::string organization;
  std::vector<std::string> users;
  std::vector<std::string> teams;
  std::size_t grants = 0;             // on all resources
  std::vector<ResourceId> resources;  // that have grants, each once
  std::function<std::vector<UserAndSlug>(const ResourceId& resource)> grants_on;
};

// The same digest as that of the whole graph.
std::string GraphDigest(GraphParts parts);

}  // namespace connector
