#include "connector/cli/run.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "connector/core/sha256.h"
#include "connector/store/c1z_writer.h"
#include "connector/store/work_file.h"
#include "connector/sync/resuming_driver.h"

namespace connector {
namespace {

// Of everything that the stored answers depend on. The token goes in as a hash that is bound to the rest, so that it
// can be compared but not recovered.
std::string Fingerprint(const SyncCommand& command) {
  const std::string plain = fmt::format("{}\n{}{}\n{}", command.org.value(), command.origin.ToString(),
                                        command.origin.path_prefix, CONNECTOR_VERSION);
  Sha256 hash;
  hash.Add(plain);
  hash.Add("\n");
  hash.Add(command.token.Reveal());
  return fmt::format("{}\n{}", plain, ToHex(hash.Finish()));
}

// Whether another attempt could end better without anybody changing anything but the circumstances.
bool MayPass(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return true;
    default:
      return false;
  }
}

// The header of the run to continue, or of a new one.
absl::StatusOr<WorkHeader> BeginOrContinue(const SyncCommand& command, WorkFile& work, absl::Time now,
                                           std::uint64_t seed) {
  const WorkHeader fresh{Fingerprint(command), now, seed};
  const std::optional<WorkHeader>& earlier = work.header();
  if (earlier && !command.fresh) {
    const absl::Duration age = now - earlier->started_at;
    if (earlier->fingerprint != fresh.fingerprint) {
      spdlog::info("starting over: the interrupted sync was of another organization, registry, token or version");
    } else if (age > command.resume_max_age || age < absl::ZeroDuration()) {
      spdlog::info("starting over: the interrupted sync began {} ago, more than --resume-max-age", ToString(age));
    } else {
      spdlog::info("continuing the sync that was interrupted {} after it began: {} answers are kept", ToString(age),
                   work.answers());
      return *earlier;
    }
  }
  RETURN_IF_ERROR(work.Begin(fresh));
  return fresh;
}

// What a run ends with that has written what it could read.
absl::Status Incomplete(const SyncCommand& command, const std::vector<UnreadTeam>& unread) {
  std::vector<std::string_view> names;
  for (const UnreadTeam& team : unread) names.push_back(team.name);
  constexpr std::size_t kShown = 10;
  names.resize(std::min(names.size(), kShown));
  const absl::Status& first = unread.front().status;
  return absl::Status(first.code(),
                      fmt::format("{} is incomplete: {} could not be read ({}{}). The sync in it is marked as partial. "
                                  "The first: {}",
                                  command.file, unread.size() == 1 ? "1 team" : fmt::format("{} teams", unread.size()),
                                  fmt::join(names, ", "), unread.size() > kShown ? ", ..." : "", Message(first)));
}

absl::Status SyncIntoFile(const SyncCommand& command, const WorkHeader& header, ResumingDriver& driver,
                          SyncObserver& observer, const RunSettings& settings) {
  C1zOptions c1z;
  c1z.path = command.file;
  c1z.started_at = header.started_at;
  c1z.time_zone = settings.time_zone;
  c1z.seed = header.seed;
  c1z.keep_syncs = command.keep_syncs;
  c1z.file_ops = settings.file_ops;
  c1z.stop_requested = [&driver] { return driver.StopRequested(); };
  ASSIGN_OR_RETURN(const std::unique_ptr<C1zWriter> writer, C1zWriter::Create(c1z));
  SyncOptions options{
      command.org, command.origin, settings.fetch, {}, {}, command.max_shrink, command.record_team_errors};
  ASSIGN_OR_RETURN(options.previous_members, writer->PreviousMembers());
  options.fetch.seed = header.seed;
  ASSIGN_OR_RETURN(const SyncSummary summary, SyncOrganization(driver, options, *writer, observer));
  const bool whole = summary.unread_teams.empty();
  RETURN_IF_ERROR(whole ? writer->Publish(driver.WallNow()) : writer->PublishPartial(driver.WallNow()));
  if (writer->database_bytes() > kLargestDatabaseForAll) {
    observer.OnWarning(fmt::format(
        "{} unpacks to {:.1f} GiB: more than the {} GiB that `npm-connector show`, and `baton` before SDK 0.25, read. "
        "With the next sync beside it, it must stay below {} GiB; --keep-sync-count=1 keeps one",
        command.file, static_cast<double>(writer->database_bytes()) / (1 << 30), kLargestDatabaseForAll >> 30,
        kLargestDatabase >> 30));
  }
  spdlog::info("wrote {}: {} users, {} teams, {} grants, from {} requests", command.file, summary.users, summary.teams,
               summary.grants, summary.requests - driver.replayed());
  return whole ? absl::OkStatus() : Incomplete(command, summary.unread_teams);
}

}  // namespace

absl::Status RunSync(const SyncCommand& command, Driver& driver, SyncObserver& observer, const RunSettings& settings) {
  const std::string work_path = command.file + ".work";
  ASSIGN_OR_RETURN(WorkFile work, WorkFile::Open(work_path, settings.process_id, *settings.file_ops));
  spdlog::info("syncing {} from {}", command.org.value(), command.origin.ToString());
  ASSIGN_OR_RETURN(const WorkHeader header, BeginOrContinue(command, work, driver.WallNow(), settings.fetch.seed));
  ResumingDriver resuming(driver, work);
  const absl::Status status = SyncIntoFile(command, header, resuming, observer, settings);
  if (!resuming.storage().ok()) {
    observer.OnWarning(fmt::format("progress could not be saved from some point on: {}", Message(resuming.storage())));
  }
  if (!status.ok() && MayPass(status) && work.has_progress()) {
    return absl::Status(status.code(),
                        fmt::format("{} Progress is saved in {}: the same command continues from there within {}.",
                                    Message(status), work_path, ToString(command.resume_max_age)));
  }
  const absl::Status removed = work.Remove();
  return status.ok() ? removed : status;
}

}  // namespace connector
