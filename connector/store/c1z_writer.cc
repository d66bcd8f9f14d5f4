#include "connector/store/c1z_writer.h"

#include <fcntl.h>

#include <array>
#include <optional>
#include <utility>

#include "connector/core/rng.h"
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
// mode, which must be left first.
constexpr const char* kPragmas =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = "
    "OFF;"
    "PRAGMA cache_size = -65536;";

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
  return UnpackDatabase(path, {}, [&](std::string_view bytes) { return out.Write(bytes); });
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
    RETURN_IF_ERROR(database_.Execute(DropIndicesSql()));
    ASSIGN_OR_RETURN(sync_id_, NewSyncId(options_, database_));
    ASSIGN_OR_RETURN(
        insert_resource_,
        database_.Prepare("INSERT INTO v1_resources (resource_type_id, external_id, parent_resource_type_id, "
                          "parent_resource_id, data, sync_id, discovered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
    ASSIGN_OR_RETURN(
        insert_entitlement_,
        database_.Prepare("INSERT INTO v1_entitlements (resource_type_id, resource_id, external_id, data, sync_id, "
                          "discovered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
    ASSIGN_OR_RETURN(insert_grant_,
                     database_.Prepare("INSERT INTO v1_grants (resource_type_id, resource_id, entitlement_id, "
                                       "principal_resource_type_id, principal_resource_id, external_id, data, sync_id, "
                                       "discovered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
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
    const std::string external_id = id.ToString();
    insert_resource_->Bind(1, ToString(id.type))
        .Bind(2, external_id)
        .BindBlob(5, data)
        .Bind(6, sync_id_)
        .Bind(7, stamp_);
    if (id.type == ResourceType::kOrganization) {
      insert_resource_->BindNull(3).BindNull(4);
    } else {
      insert_resource_->Bind(3, ToString(ResourceType::kOrganization)).Bind(4, organization_);
    }
    ++steps_;
    return insert_resource_->Run();
  }

  absl::Status AddEntitlement(const Entitlement& entitlement) {
    const std::string id = entitlement.Id();
    const std::string data = EncodeEntitlement(organization_, entitlement);
    ++steps_;
    return insert_entitlement_->Bind(1, ToString(entitlement.resource.type))
        .Bind(2, entitlement.resource.name)
        .Bind(3, id)
        .BindBlob(4, data)
        .Bind(5, sync_id_)
        .Bind(6, stamp_)
        .Run();
  }

  absl::Status AddGrant(const Entitlement& entitlement, std::string_view user) {
    if (!grants_ || grants_->entitlement() != entitlement) BeginGrantsOf(entitlement);
    grants_->Encode(user);
    ++steps_;
    return insert_grant_->Bind(5, user).Bind(6, grants_->id()).BindBlob(7, grants_->data()).Run();
  }

  absl::Status Publish(absl::Time ended_at, bool whole) {
    if (!whole) RETURN_IF_ERROR(MakePartial());
    RETURN_IF_ERROR(EndRun(ended_at));
    ASSIGN_OR_RETURN(const bool removed, RemoveOldRuns(database_, options_.keep_syncs));
    RETURN_IF_ERROR(database_.Execute(IndicesSql()));
    RETURN_IF_ERROR(database_.Execute("COMMIT"));
    insert_resource_.reset();
    insert_entitlement_.reset();
    insert_grant_.reset();
    if (removed) RETURN_IF_ERROR(database_.Execute("VACUUM"));
    RETURN_IF_ERROR(database_.Close());
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

 private:
  // Binds what all of them have in common.
  void BeginGrantsOf(const Entitlement& entitlement) {
    grants_.emplace(entitlement);
    const ResourceId& resource = grants_->entitlement().resource;
    insert_grant_->Bind(1, ToString(resource.type))
        .Bind(2, resource.name)
        .Bind(3, grants_->entitlement_id())
        .Bind(4, ToString(ResourceType::kUser))
        .Bind(8, sync_id_)
        .Bind(9, stamp_);
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
  std::optional<Statement> insert_resource_;
  std::optional<Statement> insert_entitlement_;
  std::optional<Statement> insert_grant_;
  std::optional<GrantEncoder> grants_;  // of the newest entitlement
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

absl::Status C1zWriter::Publish(absl::Time ended_at, bool whole) { return impl_->Publish(ended_at, whole); }

}  // namespace connector
