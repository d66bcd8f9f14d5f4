#include "connector/store/history.h"

#include <algorithm>
#include <vector>

#include "connector/access/model.h"
#include "connector/store/schema.h"

namespace connector {
namespace {

struct AddedColumn {
  const char* table;
  const char* column;
  const char* definition;
};

// In the order in which baton-sdk added them.
constexpr AddedColumn kAddedColumns[] = {
    {"v1_sync_runs", "sync_type", "TEXT NOT NULL DEFAULT 'full'"},
    {"v1_sync_runs", "parent_sync_id", "TEXT NOT NULL DEFAULT ''"},
    {"v1_sync_runs", "linked_sync_id", "TEXT NOT NULL DEFAULT ''"},
    {"v1_sync_runs", "supports_diff", "INTEGER NOT NULL DEFAULT 0"},
    {"v1_grants", "expansion", "BLOB"},
    {"v1_grants", "needs_expansion", "INTEGER NOT NULL DEFAULT 0"},
    {"v1_sync_runs", "grants_backfilled", "INTEGER NOT NULL DEFAULT 0"},
    {"v1_sync_runs", "stats", "TEXT"},
    {"v1_sync_runs", "ingest_invariant_generation", "TEXT NOT NULL DEFAULT ''"},
    {"v1_sync_runs", "ingest_invariant_coverage", "TEXT NOT NULL DEFAULT ''"},
    {"v1_sync_runs", "ingest_invariant_mode", "TEXT NOT NULL DEFAULT ''"},
};

// v1_sync_runs last: a run that lost its row but not its records would never be removed.
constexpr const char* kTablesOfARun[] = {"v1_resource_types", "v1_resources",          "v1_entitlements", "v1_grants",
                                         "v1_assets",         "v1_connector_sessions", "v1_sync_runs"};

// The latest finished full run.
constexpr const char* kLatestRun =
    "SELECT sync_id FROM v1_sync_runs WHERE ended_at IS NOT NULL AND sync_type = 'full'"
    " ORDER BY ended_at DESC, sync_id DESC LIMIT 1";

absl::StatusOr<std::vector<std::string>> Column(Statement rows) {
  std::vector<std::string> values;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, rows.Next());
    if (!has_row) return values;
    values.emplace_back(rows.Text(0));
  }
}

absl::Status RemoveRun(Database& database, const std::string& sync_id) {
  for (const char* table : kTablesOfARun) {
    ASSIGN_OR_RETURN(Statement remove, database.Prepare(fmt::format("DELETE FROM {} WHERE sync_id = ?1", table)));
    RETURN_IF_ERROR(remove.Bind(1, sync_id).Run());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UpgradeSchema(Database& database) {
  RETURN_IF_ERROR(database.Execute(TablesSql()));
  for (const AddedColumn& added : kAddedColumns) {
    ASSIGN_OR_RETURN(Statement info,
                     database.Prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", added.table)));
    ASSIGN_OR_RETURN(const std::vector<std::string> columns, Column(std::move(info)));
    if (std::find(columns.begin(), columns.end(), added.column) != columns.end()) continue;
    RETURN_IF_ERROR(
        database.Execute(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", added.table, added.column, added.definition)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> LatestEnd(Database& database) {
  ASSIGN_OR_RETURN(Statement latest, database.Prepare("SELECT max(ended_at) FROM v1_sync_runs"));
  ASSIGN_OR_RETURN(const bool has_row, latest.Next());
  if (!has_row || latest.IsNull(0)) return std::nullopt;
  return std::string(latest.Text(0));
}

absl::StatusOr<std::optional<std::string>> LatestRun(Database& database) {
  ASSIGN_OR_RETURN(Statement rows, database.Prepare(kLatestRun));
  ASSIGN_OR_RETURN(const std::vector<std::string> runs, Column(std::move(rows)));
  if (runs.empty()) return std::nullopt;
  return runs.front();
}

absl::StatusOr<bool> HasRun(Database& database, std::string_view sync_id) {
  ASSIGN_OR_RETURN(Statement run, database.Prepare("SELECT 1 FROM v1_sync_runs WHERE sync_id = ?1"));
  run.Bind(1, sync_id);
  return run.Next();
}

absl::StatusOr<std::vector<std::string>> LatestMembers(Database& database) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.Prepare(fmt::format("SELECT DISTINCT principal_resource_id FROM v1_grants WHERE "
                                                "resource_type_id = ?1 AND sync_id = ({})",
                                                kLatestRun)));
  rows.Bind(1, ToString(ResourceType::kOrganization));
  return Column(std::move(rows));
}

absl::StatusOr<std::optional<std::string>> OtherOrganization(Database& database, std::string_view organization) {
  const std::string ours = ResourceId{ResourceType::kOrganization, std::string(organization)}.ToString();
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare(fmt::format(
          "SELECT external_id FROM v1_resources WHERE resource_type_id = ?1 AND sync_id = ({})", kLatestRun)));
  rows.Bind(1, ToString(ResourceType::kOrganization));
  ASSIGN_OR_RETURN(const std::vector<std::string> organizations, Column(std::move(rows)));
  if (organizations.empty()) return std::nullopt;
  if (std::find(organizations.begin(), organizations.end(), ours) != organizations.end()) return std::nullopt;
  return organizations.front();
}

absl::StatusOr<bool> RemoveOldRuns(Database& database, std::size_t keep) {
  ASSIGN_OR_RETURN(Statement full, database.Prepare("SELECT sync_id FROM v1_sync_runs WHERE ended_at IS NOT NULL AND "
                                                    "sync_type = 'full' ORDER BY ended_at DESC, sync_id DESC"));
  ASSIGN_OR_RETURN(std::vector<std::string> runs, Column(std::move(full)));
  const std::size_t kept = std::min(runs.size(), std::max<std::size_t>(keep, 1));
  const std::string oldest_kept = kept == 0 ? "" : runs[kept - 1];
  runs.erase(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(kept));
  constexpr const char* kPartialRuns =
      "SELECT sync_id FROM v1_sync_runs WHERE ended_at IS NOT NULL AND sync_type <> 'full'";
  ASSIGN_OR_RETURN(Statement partial, database.Prepare(fmt::format(
                                          "{0} AND (ended_at < (SELECT ended_at FROM v1_sync_runs WHERE sync_id = ?1)"
                                          " OR sync_id NOT IN ({0} ORDER BY ended_at DESC, sync_id DESC LIMIT ?2))",
                                          kPartialRuns)));
  partial.Bind(1, oldest_kept).Bind(2, static_cast<std::int64_t>(std::max<std::size_t>(keep, 1)));
  ASSIGN_OR_RETURN(const std::vector<std::string> old_partials, Column(std::move(partial)));
  runs.insert(runs.end(), old_partials.begin(), old_partials.end());
  for (const std::string& run : runs) RETURN_IF_ERROR(RemoveRun(database, run));
  return !runs.empty();
}

}  // namespace connector
