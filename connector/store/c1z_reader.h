// Reads back what C1zWriter wrote.
#pragma once

#include <string>

#include "connector/access/graph.h"
#include "connector/store/container.h"

namespace connector {

struct FinishedSync {
  std::string id;
  std::string started_at;  // as in the file: local time without a zone
  std::string ended_at;
  AccessGraph graph;  // in the order of the file
};

// The latest finished full sync in a .c1z of format v1. Checks the database's integrity, decodes every record and holds
// it against its columns; kDataLoss says what does not fit. kNotFound if no full sync is finished. Files of other
// connectors are refused: their resource types are not npm's.
absl::StatusOr<FinishedSync> ReadLatestSync(const std::string& path, const UnpackLimits& limits = {});

}  // namespace connector
