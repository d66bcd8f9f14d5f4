// The outside of a .c1z: magic bytes, then for format v1 one zstd frame of a SQLite database.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "connector/core/status.h"
#include "connector/store/files.h"

namespace connector {

enum class ContainerKind { kMissing, kEmpty, kV1, kV3, kForeign };

// By the first bytes. A missing file is not an error.
absl::StatusOr<ContainerKind> DetectContainer(const std::string& path);

// Writes the database file `database` as v1 into `out`. kCancelled once `stop` says yes.
absl::Status PackDatabase(const std::string& database, File& out, const std::function<bool()>& stop);

// How large a database may be: for Baton's readers since SDK 0.25, and for those of every version.
inline constexpr std::uint64_t kLargestDatabase = std::uint64_t{10} << 30;
inline constexpr std::uint64_t kLargestDatabaseForAll = std::uint64_t{3} << 30;

struct UnpackLimits {
  std::uint64_t database_bytes = kLargestDatabaseForAll;  // as much as our reader takes into memory
};

// The database inside a v1 file. Refuses v3, foreign and damaged files, and more than the limit.
absl::StatusOr<std::string> UnpackDatabase(const std::string& path, const UnpackLimits& limits);
// The same, piece by piece.
absl::Status UnpackDatabase(const std::string& path, const UnpackLimits& limits,
                            const std::function<absl::Status(std::string_view)>& accept);

}  // namespace connector
