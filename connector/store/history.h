// The runs that a .c1z holds besides the one being written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "connector/core/status.h"
#include "connector/store/database.h"

namespace connector {

// Adds the tables and columns that older writers did not have. Their runs stay as they are.
absl::Status UpgradeSchema(Database& database);

// When the latest run ended, as in the file; nothing if none has.
absl::StatusOr<std::optional<std::string>> LatestEnd(Database& database);

// The id of the latest finished full run, if there is one.
absl::StatusOr<std::optional<std::string>> LatestRun(Database& database);

absl::StatusOr<bool> HasRun(Database& database, std::string_view sync_id);

// The organization that the latest finished full run is about, if it is about one and that is not `organization`.
absl::StatusOr<std::optional<std::string>> OtherOrganization(Database& database, std::string_view organization);

// The users that have a role in the organization, as the latest finished full run has them; empty if there is none.
absl::StatusOr<std::vector<std::string>> LatestMembers(Database& database);

// Keeps the `keep` newest finished full runs, at least 1, and removes older ones, with the finished partial runs that
// are older than all that are kept or have `keep` newer ones. Unfinished runs stay. True if anything was removed.
absl::StatusOr<bool> RemoveOldRuns(Database& database, std::size_t keep);

}  // namespace connector
