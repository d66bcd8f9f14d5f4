#include "connector/store/c1z_writer.h"

#include <fcntl.h>

#include <array>
#include <optional>
#include <utility>

#include "connector/core/rng.h"
#include "connector/store/bulk_insert.h"
#include "connector/store/container.h"
#include "connector/store/database.h"
#include "connector/store/files.h"
#include "connector/store/history.h"
#include "connector/store/ksuid.h"
#include "connector/store/messages.h"
#include "connector/store/schema.h"

namespace connector {
namespace {

// Baton's text form of a time: wall clock without zone, fraction without trailing zeros. Compared as text by readers.
std::string BatonTime(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E*S", absl::FromUnixMicros(absl::ToUnixMicros(time)), zone);
}

// The shortest step that a time in the file can show.
constexpr absl::Duration kTick = absl::Microseconds(1);

std::string DrawSyncId(const C1zOptions& options, std::uint64_t round) {
  std::array<std::uint8_t, 16> payload{};
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<std::uint8_t>(Draw(options.seed, "sync id", "", round * payload.size() + i));
  }
  return MakeKsuid(options.started_at, payload);
}

// An id that no run in the file has.
absl::StatusOr<std::string> NewSyncId(const C1zOptions& options, Database& database) {
  for (std::uint64_t round = 0;; ++round) {
    std::string id = DrawSyncId(options, round);
    ASSIGN_OR_RETURN(const bool taken, HasRun(database, id));
    if (!taken) return id;
  }
}

// `ended_at`, or just after the latest end in the file if that is later: a clock was set back.
absl::StatusOr<std::string> EndAfterAllOthers(Database& database, absl::Time ended_at, absl::TimeZone zone) {
  const std::string end = BatonTime(ended_at, zone);
  ASSIGN_OR_RETURN(const std::optional<std::string> latest, LatestEnd(database));
  if (!latest || *latest < end) return end;
  absl::Time latest_time;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", *latest, absl::UTCTimeZone(), &latest_time, nullptr)) return end;
  return BatonTime(latest_time + kTick, absl::UTCTimeZone());
}

absl::Status CheckReplaceable(const std::string& path) {
  ASSIGN_OR_RETURN(const ContainerKind kind, DetectContainer(path));
  switch (kind) {
    case ContainerKind::kV3:
      return absl::FailedPreconditionError(fmt::format(
          "{} is a .c1z of format v3, written by a newer Baton tool; it is never overwritten. Choose another --file",
          path));
    case ContainerKind::kForeign:
      return absl::FailedPreconditionError(
          fmt::format("{} exists and is not a .c1z file; it is never overwritten. Choose another --file", path));
    case ContainerKind::kMissing:
    case ContainerKind::kEmpty:
    case ContainerKind::kV1:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

// Nobody else reads the database and a crash throws it away, so it needs no journal. It may come from a file in WAL
// mode, which must be left first. A new file gets pages of 16 KiB: a quarter of the calls to write them. Rows are
// appended, which takes little cache; it is also how much each thread sorts at a time when an index is made.
constexpr const char* kPragmas =
    "PRAGMA page_size = 16384; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; "
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384; PRAGMA threads = 2;";

absl::Status CheckDatabase(Database& database) {
  ASSIGN_OR_RETURN(Statement check, database.Prepare("PRAGMA quick_check(1)"));
  ASSIGN_OR_RETURN(const bool has_row, check.Next());
  if (has_row && check.Text(0) == "ok") return absl::OkStatus();
  return absl::DataLossError(fmt::format("its database is damaged ({})", has_row ? check.Text(0) : "no answer"));
}

// The runs of the file at `path`, if there is one, as the database file `database`.
absl::Status StartFromFile(const std::string& path, const std::string& database, FileOps& ops) {
  ASSIGN_OR_RETURN(File out, File::Open(database, O_WRONLY | O_CREAT | O_TRUNC, ops));
  ASSIGN_OR_RETURN(const ContainerKind kind, DetectContainer(path));
  if (kind != ContainerKind::kV1) return absl::OkStatus();
  return UnpackDatabase(path, {kLargestDatabase}, [&](std::string_view bytes) { return out.Write(bytes); });
}

}  // namespace

class C1zWriter::Impl {
 public:
  Impl(C1zOptions options, Database database)
      : options_(std::move(options)),
        database_(std::move(database)),
        stamp_(BatonTime(options_.started_at, options_.time_zone)) {}

  ~Impl() { options_.file_ops->Unlink(WorkPath(options_.path)); }

  absl::StatusOr<std::vector<std::string>> PreviousMembers() { return LatestMembers(database_); }

  static std::string WorkPath(const std::string& path) { return path + ".work.db"; }

  absl::Status Start() {
    database_.StopWhen(options_.stop_requested);
    RETURN_IF_ERROR(database_.Execute(kPragmas));
    RETURN_IF_ERROR(CheckDatabase(database_));
    RETURN_IF_ERROR(database_.Execute("BEGIN"));
    RETURN_IF_ERROR(UpgradeSchema(database_));
    RETURN_IF_ERROR(database_.Execute(AppendedIndicesSql()));
    RETURN_IF_ERROR(database_.Execute(DropSortedIndicesSql()));
    ASSIGN_OR_RETURN(sync_id_, NewSyncId(options_, database_));
    // grants_backfilled: 0 would make readers scan all grants for a form that only old writers used.
    ASSIGN_OR_RETURN(Statement insert_run,
                     database_.Prepare("INSERT INTO v1_sync_runs (sync_id, started_at, sync_token, sync_type, "
                                       "grants_backfilled) VALUES (?1, ?2, '', 'full', 1)"));
    RETURN_IF_ERROR(insert_run.Bind(1, sync_id_).Bind(2, stamp_).Run());
    ASSIGN_OR_RETURN(
        Statement insert_type,
        database_.Prepare(
            "INSERT INTO v1_resource_types (external_id, data, sync_id, discovered_at) VALUES (?1, ?2, ?3, ?4)"));
    for (const ResourceType type : kResourceTypes) {
      const std::string data = EncodeResourceType(type);
      RETURN_IF_ERROR(insert_type.Bind(1, ToString(type)).BindBlob(2, data).Bind(3, sync_id_).Bind(4, stamp_).Run());
      ++steps_;
    }
    return absl::OkStatus();
  }

  absl::Status AddResource(const ResourceId& id, std::string_view data) {
    std::optional<std::string_view> parent_type, parent;
    if (id.type != ResourceType::kOrganization) {
      parent_type = ToString(ResourceType::kOrganization);
      parent = organization_;
    }
    RETURN_IF_ERROR(resources_.Share({ToString(id.type), parent_type, parent, sync_id_, stamp_}));
    ++steps_;
    return resources_.Add({id.ToString(), data});
  }

  absl::Status AddEntitlement(const Entitlement& entitlement) {
    ++steps_;
    RETURN_IF_ERROR(entitlements_.Share({ToString(entitlement.resource.type), sync_id_, stamp_}));
    return entitlements_.Add(
        {entitlement.resource.name, entitlement.Id(), EncodeEntitlement(organization_, entitlement)});
  }

  absl::Status AddGrant(const Entitlement& entitlement, std::string_view user) {
    if (!encoder_ || encoder_->entitlement() != entitlement) {
      encoder_.emplace(entitlement);
      RETURN_IF_ERROR(grants_.Share({ToString(entitlement.resource.type), entitlement.resource.name,
                                     encoder_->entitlement_id(), ToString(ResourceType::kUser), sync_id_, stamp_}));
    }
    encoder_->Encode(user);
    ++steps_;
    return grants_.Add({user, encoder_->id(), encoder_->data()});
  }

  absl::Status Publish(absl::Time ended_at, bool whole) {
    for (BulkInsert* rows : {&resources_, &entitlements_, &grants_}) RETURN_IF_ERROR(rows->Flush());
    if (!whole) RETURN_IF_ERROR(MakePartial());
    RETURN_IF_ERROR(EndRun(ended_at));
    ASSIGN_OR_RETURN(const bool removed, RemoveOldRuns(database_, options_.keep_syncs));
    RETURN_IF_ERROR(database_.Execute(SortedIndicesSql()));
    RETURN_IF_ERROR(database_.Execute("COMMIT"));
    for (BulkInsert* rows : {&resources_, &entitlements_, &grants_}) rows->Finish();
    if (removed) RETURN_IF_ERROR(database_.Execute("VACUUM"));
    RETURN_IF_ERROR(database_.Close());
    RETURN_IF_ERROR(CheckSize());
    RETURN_IF_ERROR(CheckReplaceable(options_.path));
    return ReplaceFile(options_.path, *options_.file_ops, [this](File& out) {
      return PackDatabase(WorkPath(options_.path), out, options_.stop_requested);
    });
  }

  // A file is about one organization: with two in it, every comparison would read as "everybody left".
  absl::Status SetOrganization(std::string_view name) {
    ASSIGN_OR_RETURN(const std::optional<std::string> other, OtherOrganization(database_, name));
    if (other) {
      return absl::FailedPreconditionError(
          fmt::format("{} is about {}, not organization:{}. Choose another --file", options_.path, *other, name));
    }
    organization_ = name;
    return absl::OkStatus();
  }
  const std::string& organization() const { return organization_; }
  std::uint64_t database_bytes() const { return database_bytes_; }

 private:
  absl::Status CheckSize() {
    ASSIGN_OR_RETURN(const File file, File::OpenForReading(WorkPath(options_.path)));
    ASSIGN_OR_RETURN(database_bytes_, file.Size());
    if (database_bytes_ <= options_.database_bytes) return absl::OkStatus();
    return absl::ResourceExhaustedError(fmt::format(
        "{} would unpack to {} bytes, and Baton's readers take {} at most. A smaller --keep-sync-count, {} now, or "
        "another --file makes room",
        options_.path, database_bytes_, options_.database_bytes, options_.keep_syncs));
  }

  // A partial run names the full one that it adds to.
  absl::Status MakePartial() {
    ASSIGN_OR_RETURN(const std::optional<std::string> parent, LatestRun(database_));
    ASSIGN_OR_RETURN(
        Statement update,
        database_.Prepare("UPDATE v1_sync_runs SET sync_type = 'partial', parent_sync_id = ?1 WHERE sync_id = ?2"));
    return update.Bind(1, parent.value_or("")).Bind(2, sync_id_).Run();
  }

  // What an official syncer leaves behind when it is done.
  absl::Status EndRun(absl::Time ended_at) {
    const std::string token = fmt::format(R"({{"completed_actions_count":{},"version":1}})", steps_);
    ASSIGN_OR_RETURN(const std::string ended, EndAfterAllOthers(database_, ended_at, options_.time_zone));
    ASSIGN_OR_RETURN(
        Statement update,
        database_.Prepare(
            "UPDATE v1_sync_runs SET ended_at = ?1, sync_token = ?2, supports_diff = 1 WHERE sync_id = ?3"));
    return update.Bind(1, ended).Bind(2, token).Bind(3, sync_id_).Run();
  }

  const C1zOptions options_;
  Database database_;
  const std::string stamp_;
  std::string sync_id_;
  std::string organization_;
  std::int64_t steps_ = 0;
  std::uint64_t database_bytes_ = 0;
  BulkInsert resources_{
      database_,
      "v1_resources",
      {"resource_type_id", "parent_resource_type_id", "parent_resource_id", "sync_id", "discovered_at"},
      {"external_id", "data"}};
  BulkInsert entitlements_{database_,
                           "v1_entitlements",
                           {"resource_type_id", "sync_id", "discovered_at"},
                           {"resource_id", "external_id", "data"}};
  BulkInsert grants_{
      database_,
      "v1_grants",
      {"resource_type_id", "resource_id", "entitlement_id", "principal_resource_type_id", "sync_id", "discovered_at"},
      {"principal_resource_id", "external_id", "data"}};
  std::optional<GrantEncoder> encoder_;  // of the newest entitlement
};

C1zWriter::C1zWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
C1zWriter::~C1zWriter() = default;

absl::StatusOr<std::unique_ptr<C1zWriter>> C1zWriter::Create(const C1zOptions& options) {
  RETURN_IF_ERROR(CheckReplaceable(options.path));
  const std::string work = Impl::WorkPath(options.path);
  std::unique_ptr<Impl> impl;
  const absl::Status started = [&]() -> absl::Status {
    RETURN_IF_ERROR(StartFromFile(options.path, work, *options.file_ops));
    ASSIGN_OR_RETURN(Database database, Database::Open(work));
    impl = std::make_unique<Impl>(options, std::move(database));
    return impl->Start();
  }();
  if (started.ok()) return std::unique_ptr<C1zWriter>(new C1zWriter(std::move(impl)));
  if (impl == nullptr) options.file_ops->Unlink(work);
  if (!absl::IsDataLoss(started)) return started;
  return Annotate(started, fmt::format("{} cannot be added to; move it away to begin a new file", options.path));
}

absl::StatusOr<std::vector<std::string>> C1zWriter::PreviousMembers() { return impl_->PreviousMembers(); }

absl::Status C1zWriter::AddOrganization(std::string_view name) {
  RETURN_IF_ERROR(impl_->SetOrganization(name));
  RETURN_IF_ERROR(impl_->AddResource({ResourceType::kOrganization, std::string(name)}, EncodeOrganization(name)));
  for (const Entitlement& entitlement : OrganizationEntitlements(name))
    RETURN_IF_ERROR(impl_->AddEntitlement(entitlement));
  return absl::OkStatus();
}

absl::Status C1zWriter::AddUser(std::string_view name) {
  return impl_->AddResource({ResourceType::kUser, std::string(name)}, EncodeUser(impl_->organization(), name));
}

absl::Status C1zWriter::AddTeam(std::string_view name) {
  RETURN_IF_ERROR(
      impl_->AddResource({ResourceType::kTeam, std::string(name)}, EncodeTeam(impl_->organization(), name)));
  return impl_->AddEntitlement(TeamEntitlement(name));
}

absl::Status C1zWriter::AddGrant(const Entitlement& entitlement, std::string_view user) {
  return impl_->AddGrant(entitlement, user);
}

std::uint64_t C1zWriter::database_bytes() const { return impl_->database_bytes(); }

absl::Status C1zWriter::Publish(absl::Time ended_at, bool whole) { return impl_->Publish(ended_at, whole); }

}  // namespace connector
