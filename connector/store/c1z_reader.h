// Reads a .c1z of format v1, trusting nothing in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/access/graph.h"
#include "connector/store/container.h"
#include "connector/store/database.h"

namespace connector {

// One run in the file. Times are as in the file: wall clock without a zone.
struct SyncRun {
  std::string id;
  std::string type;  // "full" and others
  std::string started_at;
  std::string ended_at;  // "" while unfinished
  std::string token;
  std::string stats;  // JSON, or "" if the writer left none

  bool IsFinishedPartial() const { return type == "partial" && !ended_at.empty(); }
  bool IsFinishedFull() const { return type == "full" && !ended_at.empty(); }
};

struct FinishedSync {
  SyncRun run;
  AccessGraph graph;  // in the order of the file
};

class C1zFile {
 public:
  // kDataLoss if container or database are damaged, kFailedPrecondition for v3.
  static absl::StatusOr<C1zFile> Open(const std::string& path, const UnpackLimits& limits = {});
  // From the bytes of the database alone; `name` is what errors call it.
  static absl::StatusOr<C1zFile> FromImage(std::string image, const std::string& name);

  // All runs, the latest end first, unfinished ones last.
  const std::vector<SyncRun>& runs() const { return runs_; }

  // The finished full runs with their records, `index` 0 being the latest. Every record is decoded, held against its
  // columns and against what it refers to, and counted against the run's stats: kDataLoss says what does not fit.
  // kNotFound if there is none. Files of other connectors are refused: their resource types are not npm's.
  absl::StatusOr<FinishedSync> Read(std::size_t index);
  // The same for any finished run of runs().
  absl::StatusOr<FinishedSync> Read(const SyncRun& run);

 private:
  C1zFile(Database database, std::string name) : database_(std::move(database)), name_(std::move(name)) {}
  absl::Status ReadRuns();

  Database database_;
  std::string name_;
  std::vector<SyncRun> runs_;
};

// Open() and Read(0).
absl::StatusOr<FinishedSync> ReadLatestSync(const std::string& path, const UnpackLimits& limits = {});

}  // namespace connector
