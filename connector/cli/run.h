// A sync as a command: the file it adds to, and the progress that survives it.
#pragma once

#include <absl/time/time.h>

#include <cstdint>

#include "connector/cli/options.h"
#include "connector/core/status.h"
#include "connector/store/file_ops.h"
#include "connector/sync/sync.h"

namespace connector {

// What a run gets from the world besides its Driver.
struct RunSettings {
  FetchOptions fetch;  // its seed gives the sync's id too
  absl::TimeZone time_zone = absl::UTCTimeZone();
  std::int64_t process_id = 0;  // told to other processes that want the same file
  FileOps* file_ops = &FileOps::Real();
};

// Syncs into the command's file over `driver`. Progress is kept in FILE.work while it runs; if the run ends for a
// reason that may pass (a signal, a lost network, a full disk), it stays there, and the next run with the same
// organization, registry, token and version goes on from it, unless it is too old or the command says otherwise.
absl::Status RunSync(const SyncCommand& command, Driver& driver, SyncObserver& observer, const RunSettings& settings);

}  // namespace connector
