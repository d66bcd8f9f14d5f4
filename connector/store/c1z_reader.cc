#include "connector/store/c1z_reader.h"

#include <google/protobuf/stubs/logging.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "baton.pb.h"

namespace connector {
namespace {

namespace pb = c1::connector::v2;

std::optional<ResourceType> ParseResourceType(std::string_view text) {
  for (const ResourceType type : kResourceTypes) {
    if (text == ToString(type)) return type;
  }
  return std::nullopt;
}

absl::StatusOr<ResourceId> MakeId(std::string_view type, std::string_view name) {
  const std::optional<ResourceType> known = ParseResourceType(type);
  if (!known) {
    return absl::FailedPreconditionError(
        fmt::format("it holds resources of type {}; this program reads files about npm organizations. Use the official "
                    "`baton` tool",
                    type));
  }
  return ResourceId{*known, std::string(name)};
}

absl::StatusOr<ResourceId> MakeId(const pb::ResourceId& id) { return MakeId(id.resource_type(), id.resource()); }

// Invalid UTF-8 in a name is one reason.
absl::Status Undecodable(std::string_view table, std::string_view id) {
  return absl::DataLossError(fmt::format("the record {} of {} is damaged: its data does not decode", id, table));
}

absl::Status Misfit(std::string_view table, std::string_view id) {
  return absl::DataLossError(fmt::format("the record {} of {} is damaged: its data and its columns differ", id, table));
}

absl::Status Dangling(std::string_view kind, std::string_view id, std::string_view missing) {
  return absl::DataLossError(fmt::format("the {} {} refers to {}, which is missing", kind, id, missing));
}

// The records of one run.
class RunReader {
 public:
  RunReader(Database& database, FinishedSync& sync) : database_(database), sync_(sync) {}

  absl::Status Read() {
    RETURN_IF_ERROR(ReadResources());
    RETURN_IF_ERROR(ReadEntitlements());
    RETURN_IF_ERROR(ReadGrants());
    return CheckStats();
  }

 private:
  // Calls `accept` for each row of the run, in the order of writing.
  absl::Status ForEachRow(std::string_view columns, std::string_view table,
                          const std::function<absl::Status(const Statement&)>& accept) {
    ASSIGN_OR_RETURN(Statement rows, database_.Prepare(fmt::format("SELECT {} FROM {} WHERE sync_id = ?1 ORDER BY id",
                                                                   columns, table)));
    rows.Bind(1, sync_.run.id);
    while (true) {
      ASSIGN_OR_RETURN(const bool has_row, rows.Next());
      if (!has_row) return absl::OkStatus();
      RETURN_IF_ERROR(accept(rows));
    }
  }

  absl::Status ReadResources() {
    return ForEachRow("external_id, data", "v1_resources", [this](const Statement& row) -> absl::Status {
      pb::Resource message;
      const std::string_view data = row.Text(1);
      if (!message.ParseFromArray(data.data(), static_cast<int>(data.size())))
        return Undecodable("v1_resources", row.Text(0));
      ASSIGN_OR_RETURN(const ResourceId id, MakeId(message.id()));
      if (id.ToString() != row.Text(0)) return Misfit("v1_resources", row.Text(0));
      resources_.insert(id);
      switch (id.type) {
        case ResourceType::kOrganization:
          sync_.graph.organization = id.name;
          break;
        case ResourceType::kTeam:
          sync_.graph.teams.push_back(id.name);
          break;
        case ResourceType::kUser:
          sync_.graph.users.push_back(id.name);
          break;
      }
      return absl::OkStatus();
    });
  }

  absl::Status ReadEntitlements() {
    return ForEachRow("external_id, data", "v1_entitlements", [this](const Statement& row) -> absl::Status {
      pb::Entitlement message;
      const std::string_view data = row.Text(1);
      if (!message.ParseFromArray(data.data(), static_cast<int>(data.size())))
        return Undecodable("v1_entitlements", row.Text(0));
      ASSIGN_OR_RETURN(ResourceId resource, MakeId(message.resource().id()));
      Entitlement entitlement{std::move(resource), message.slug()};
      if (entitlement.Id() != row.Text(0) || message.id() != row.Text(0)) return Misfit("v1_entitlements", row.Text(0));
      if (!resources_.contains(entitlement.resource))
        return Dangling("entitlement", row.Text(0), entitlement.resource.ToString());
      entitlements_.emplace(row.Text(0), std::move(entitlement));
      return absl::OkStatus();
    });
  }

  absl::Status ReadGrants() {
    return ForEachRow("external_id, entitlement_id, data", "v1_grants", [this](const Statement& row) -> absl::Status {
      pb::Grant message;
      const std::string_view data = row.Text(2);
      if (!message.ParseFromArray(data.data(), static_cast<int>(data.size())))
        return Undecodable("v1_grants", row.Text(0));
      const auto entitlement = entitlements_.find(std::string(row.Text(1)));
      if (entitlement == entitlements_.end()) return Dangling("grant", row.Text(0), row.Text(1));
      ASSIGN_OR_RETURN(ResourceId principal, MakeId(message.principal().id()));
      Grant grant{entitlement->second, std::move(principal)};
      if (grant.Id() != row.Text(0) || message.id() != row.Text(0)) return Misfit("v1_grants", row.Text(0));
      if (!resources_.contains(grant.principal)) return Dangling("grant", row.Text(0), grant.principal.ToString());
      sync_.graph.grants.push_back(std::move(grant));
      return absl::OkStatus();
    });
  }

  // Wrong stats are shown by readers as they are.
  absl::Status CheckStats() const {
    if (sync_.run.stats.empty()) return absl::OkStatus();
    const auto stats = nlohmann::json::parse(sync_.run.stats, nullptr, /*allow_exceptions=*/false);
    if (!stats.is_object()) return absl::DataLossError("its stats are not a JSON object");
    const std::pair<const char*, std::size_t> counted[] = {{"resources", resources_.size()},
                                                           {"entitlements", entitlements_.size()},
                                                           {"grants", sync_.graph.grants.size()}};
    for (const auto& [key, count] : counted) {
      const auto stated = stats.find(key);
      if (stated == stats.end() || (stated->is_number_integer() && *stated == count)) continue;
      return absl::DataLossError(fmt::format("its stats say {} {}, but it holds {}", stated->dump(), key, count));
    }
    return absl::OkStatus();
  }

  Database& database_;
  FinishedSync& sync_;
  std::set<ResourceId> resources_;
  std::map<std::string, Entitlement> entitlements_;
};

absl::Status CheckIntegrity(Database& database) {
  ASSIGN_OR_RETURN(Statement check, database.Prepare("PRAGMA integrity_check(1)"));
  ASSIGN_OR_RETURN(const bool has_row, check.Next());
  if (has_row && check.Text(0) == "ok") return absl::OkStatus();
  return absl::DataLossError(fmt::format("its database is damaged: {}", has_row ? check.Text(0) : "no answer"));
}

// Older writers had fewer columns.
absl::StatusOr<bool> HasColumn(Database& database, std::string_view table, std::string_view column) {
  ASSIGN_OR_RETURN(Statement info, database.Prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2"));
  info.Bind(1, table).Bind(2, column);
  return info.Next();
}

}  // namespace

absl::StatusOr<C1zFile> C1zFile::Open(const std::string& path, const UnpackLimits& limits) {
  absl::StatusOr<std::string> image = UnpackDatabase(path, limits);
  if (absl::IsResourceExhausted(image.status())) {
    return absl::ResourceExhaustedError(fmt::format(
        "{}, which this program would read into memory. The official `baton` of SDK 0.25 or later reads up to {} GiB",
        Message(image.status()), kLargestDatabase >> 30));
  }
  RETURN_IF_ERROR(image.status());
  return FromImage(*std::move(image), path);
}

absl::StatusOr<C1zFile> C1zFile::FromImage(std::string image, const std::string& name) {
  google::protobuf::SetLogHandler(nullptr);  // it would tell standard error what our errors tell the caller
  ASSIGN_OR_RETURN(Database database, Database::FromImage(std::move(image)));
  C1zFile file(std::move(database), name);
  const absl::Status status = file.ReadRuns();
  if (!status.ok()) return Annotate(status, name);
  return file;
}

absl::Status C1zFile::ReadRuns() {
  RETURN_IF_ERROR(CheckIntegrity(database_));
  ASSIGN_OR_RETURN(const bool has_type, HasColumn(database_, "v1_sync_runs", "sync_type"));
  ASSIGN_OR_RETURN(const bool has_stats, HasColumn(database_, "v1_sync_runs", "stats"));
  ASSIGN_OR_RETURN(Statement rows, database_.Prepare(fmt::format(
                                       "SELECT sync_id, started_at, ended_at, sync_token, {}, {} FROM v1_sync_runs"
                                       " ORDER BY ended_at IS NULL, ended_at DESC, sync_id DESC",
                                       has_type ? "sync_type" : "'full'", has_stats ? "stats" : "NULL")));
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, rows.Next());
    if (!has_row) return absl::OkStatus();
    SyncRun run;
    run.id = rows.Text(0);
    run.started_at = rows.Text(1);
    run.ended_at = rows.Text(2);
    run.token = rows.Text(3);
    run.type = rows.Text(4);
    run.stats = rows.Text(5);
    runs_.push_back(std::move(run));
  }
}

absl::StatusOr<FinishedSync> C1zFile::Read(const SyncRun& run) {
  FinishedSync sync{run, {}};
  const absl::Status status = RunReader(database_, sync).Read();
  if (!status.ok()) return Annotate(status, name_);
  return sync;
}

absl::StatusOr<FinishedSync> C1zFile::Read(std::size_t index) {
  std::size_t finished = 0;
  for (const SyncRun& run : runs_) {
    if (run.IsFinishedFull() && finished++ == index) return Read(run);
  }
  return absl::NotFoundError(
      index == 0 ? fmt::format("{} holds no finished full sync", name_)
                 : fmt::format("{} holds {} finished full syncs, fewer than {}", name_, finished, index + 1));
}

absl::StatusOr<FinishedSync> ReadLatestSync(const std::string& path, const UnpackLimits& limits) {
  ASSIGN_OR_RETURN(C1zFile file, C1zFile::Open(path, limits));
  return file.Read(0);
}

}  // namespace connector
