// One number for a whole access graph: two graphs have the same digest exactly if they say the same about everybody.
#pragma once

#include <string>

#include "connector/access/graph.h"

namespace connector {

// SHA-256, in lower-case hex, over the graph's sorted records, each preceded by its length. The order in which the
// graph was collected does not matter.
std::string GraphDigest(const AccessGraph& graph);

}  // namespace connector
