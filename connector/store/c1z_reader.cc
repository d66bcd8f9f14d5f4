#include "connector/store/c1z_reader.h"

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "baton.pb.h"
#include "connector/store/database.h"

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

absl::Status Misfit(std::string_view table, std::string_view id) {
  return absl::DataLossError(fmt::format("the record {} of {} is damaged: its data and its columns differ", id, table));
}

class Reader {
 public:
  Reader(Database& database, FinishedSync& sync) : database_(database), sync_(sync) {}

  absl::Status Read() {
    RETURN_IF_ERROR(CheckIntegrity());
    RETURN_IF_ERROR(ReadRun());
    RETURN_IF_ERROR(ReadResources());
    RETURN_IF_ERROR(ReadEntitlements());
    return ReadGrants();
  }

 private:
  absl::Status CheckIntegrity() {
    ASSIGN_OR_RETURN(Statement check, database_.Prepare("PRAGMA integrity_check(1)"));
    ASSIGN_OR_RETURN(const bool has_row, check.Next());
    if (has_row && check.Text(0) == "ok") return absl::OkStatus();
    return absl::DataLossError(fmt::format("its database is damaged: {}", has_row ? check.Text(0) : "no answer"));
  }

  absl::Status ReadRun() {
    ASSIGN_OR_RETURN(
        Statement run,
        database_.Prepare(
            "SELECT sync_id, started_at, ended_at FROM v1_sync_runs WHERE ended_at IS NOT NULL AND sync_type = 'full'"
            " ORDER BY ended_at DESC, sync_id DESC LIMIT 1"));
    ASSIGN_OR_RETURN(const bool has_row, run.Next());
    if (!has_row) return absl::NotFoundError("it holds no finished full sync");
    sync_.id = run.Text(0);
    sync_.started_at = run.Text(1);
    sync_.ended_at = run.Text(2);
    return absl::OkStatus();
  }

  // Calls `accept` for each row of the sync, in the order of writing.
  absl::Status ForEachRow(std::string_view columns, std::string_view table,
                          const std::function<absl::Status(const Statement&)>& accept) {
    ASSIGN_OR_RETURN(Statement rows, database_.Prepare(fmt::format("SELECT {} FROM {} WHERE sync_id = ?1 ORDER BY id",
                                                                   columns, table)));
    rows.Bind(1, sync_.id);
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
        return Misfit("v1_resources", row.Text(0));
      ASSIGN_OR_RETURN(const ResourceId id, MakeId(message.id()));
      if (id.ToString() != row.Text(0)) return Misfit("v1_resources", row.Text(0));
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
        return Misfit("v1_entitlements", row.Text(0));
      ASSIGN_OR_RETURN(ResourceId resource, MakeId(message.resource().id()));
      Entitlement entitlement{std::move(resource), message.slug()};
      if (entitlement.Id() != row.Text(0)) return Misfit("v1_entitlements", row.Text(0));
      entitlements_.emplace(row.Text(0), std::move(entitlement));
      return absl::OkStatus();
    });
  }

  absl::Status ReadGrants() {
    return ForEachRow("external_id, entitlement_id, data", "v1_grants", [this](const Statement& row) -> absl::Status {
      pb::Grant message;
      const std::string_view data = row.Text(2);
      if (!message.ParseFromArray(data.data(), static_cast<int>(data.size()))) return Misfit("v1_grants", row.Text(0));
      const auto entitlement = entitlements_.find(std::string(row.Text(1)));
      if (entitlement == entitlements_.end()) {
        return absl::DataLossError(
            fmt::format("the grant {} names the entitlement {}, which is missing", row.Text(0), row.Text(1)));
      }
      ASSIGN_OR_RETURN(ResourceId principal, MakeId(message.principal().id()));
      Grant grant{entitlement->second, std::move(principal)};
      if (grant.Id() != row.Text(0) || message.id() != row.Text(0)) return Misfit("v1_grants", row.Text(0));
      sync_.graph.grants.push_back(std::move(grant));
      return absl::OkStatus();
    });
  }

  Database& database_;
  FinishedSync& sync_;
  std::map<std::string, Entitlement> entitlements_;
};

}  // namespace

absl::StatusOr<FinishedSync> ReadLatestSync(const std::string& path, const UnpackLimits& limits) {
  ASSIGN_OR_RETURN(std::string image, UnpackDatabase(path, limits));
  ASSIGN_OR_RETURN(Database database, Database::FromImage(std::move(image)));
  FinishedSync sync;
  const absl::Status status = Reader(database, sync).Read();
  if (!status.ok()) return Annotate(status, path);
  return sync;
}

}  // namespace connector
