// What the commands of npm-connector do. Everything that touches the world is handed in.
#pragma once

#include <absl/time/time.h>

#include "connector/cli/options.h"
#include "connector/core/status.h"
#include "connector/sync/sync.h"

namespace connector {

struct RunSettings {
  FetchOptions fetch;  // its seed gives the sync's id too
  absl::TimeZone time_zone = absl::UTCTimeZone();
};

// Syncs into the command's file over `driver`.
absl::Status RunSync(const SyncCommand& command, Driver& driver, SyncObserver& observer, const RunSettings& settings);

absl::Status RunShow(const ShowCommand& command);

}  // namespace connector
