// The progress of a sync that is not finished: a file of the registry's answers, beside the output. A run that is
// killed leaves it, and the next run takes the answers from there instead of asking again, so that it does all the rest
// exactly as the first would have.
//
// The file is append-only, each record with its length and checksum; a record that was cut by a kill is dropped when it
// is read. It holds answers and no token. The file is locked while a run has it, by flock(2), so that a dead run's lock
// is gone with it.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "connector/core/status.h"
#include "connector/http/message.h"
#include "connector/store/files.h"

namespace connector {

// Of the run that began the file. A later run that continues it adopts all of it.
struct WorkHeader {
  std::string fingerprint;  // of everything that an answer depends on: organization, registry, token, program version
  absl::Time started_at;
  std::uint64_t seed = 0;
};

class WorkFile {
 public:
  // Opens or makes the file and locks it. kFailedPrecondition if another process has it, naming that process.
  // `process_id` is this one's. `ops` outlives the work file.
  static absl::StatusOr<WorkFile> Open(const std::string& path, std::int64_t process_id, FileOps& ops);

  // Of what an earlier run left behind; nothing if there is nothing to go on with.
  const std::optional<WorkHeader>& header() const { return header_; }
  // How many answers there are to take.
  std::size_t answers() const { return answers_.size(); }
  // Whether the file holds any answer: without one there is nothing to continue.
  bool has_progress() const { return has_progress_; }

  // Throws away what is there and begins anew.
  absl::Status Begin(const WorkHeader& header);

  // The stored answer to a request, each at most once: whoever asks again did not like it.
  absl::StatusOr<std::optional<HttpResponse>> Take(const std::string& request);

  // Stores an answer. Once this returned, a kill does not lose it.
  absl::Status Append(const std::string& request, const HttpResponse& response);

  // Makes what was appended survive a loss of power too.
  absl::Status Sync() { return file_.Sync(); }

  // Deletes the file. The lock lasts until the object is gone.
  absl::Status Remove();

 private:
  struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };

  WorkFile(File file, std::int64_t process_id, FileOps& ops)
      : file_(std::move(file)), process_id_(process_id), ops_(&ops) {}
  absl::Status ReadBack();
  absl::Status WriteHolder();
  absl::Status WriteRecord(char kind, const std::vector<std::string_view>& payload);

  File file_;
  std::int64_t process_id_;
  FileOps* ops_;
  std::optional<WorkHeader> header_;
  std::map<std::string, Extent> answers_;  // by request, where the payload is
  std::uint64_t end_ = 0;                  // of the last whole record
  bool has_progress_ = false;
};

}  // namespace connector
