#include "connector/cli/run.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>

#include "connector/cli/show.h"
#include "connector/store/c1z_reader.h"
#include "connector/store/c1z_writer.h"

namespace connector {

absl::Status RunSync(const SyncCommand& command, Driver& driver, SyncObserver& observer, const RunSettings& settings) {
  const C1zOptions c1z{command.file, driver.WallNow(), settings.time_zone, settings.fetch.seed};
  ASSIGN_OR_RETURN(const std::unique_ptr<C1zWriter> writer, C1zWriter::Create(c1z));
  const SyncOptions options{command.org, settings.fetch, {}};
  spdlog::info("syncing {} from {}", command.org.value(), command.origin.ToString());
  ASSIGN_OR_RETURN(const SyncSummary summary, SyncOrganization(driver, options, *writer, observer));
  RETURN_IF_ERROR(writer->Publish(driver.WallNow()));
  spdlog::info("wrote {}: {} users, {} teams, {} grants, from {} requests", command.file, summary.users, summary.teams,
               summary.grants, summary.requests);
  return absl::OkStatus();
}

absl::Status RunShow(const ShowCommand& command) {
  ASSIGN_OR_RETURN(const FinishedSync sync, ReadLatestSync(command.file));
  const std::string table = FormatAccessTable(sync);
  if (std::fwrite(table.data(), 1, table.size(), stdout) != table.size() || std::fflush(stdout) != 0) {
    return absl::InternalError("cannot write to standard output");
  }
  return absl::OkStatus();
}

}  // namespace connector
