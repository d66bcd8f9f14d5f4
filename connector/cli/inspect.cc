#include "connector/cli/inspect.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "connector/access/changes.h"
#include "connector/access/digest.h"
#include "connector/store/c1z_reader.h"

namespace connector {
namespace {

Table PeopleTable(const AccessGraph& graph) {
  struct Access {
    std::string role;
    std::vector<std::string> teams;
  };
  std::map<std::string, Access> access;
  for (const std::string& user : graph.users) access[user];
  for (const Grant& grant : graph.grants) {
    Access& of_user = access[grant.principal.name];
    if (grant.entitlement.resource.type == ResourceType::kTeam) {
      of_user.teams.push_back(grant.entitlement.resource.name);
    } else {
      of_user.role = grant.entitlement.slug;
    }
  }
  Table table{"people", {{"user"}, {"role"}, {"teams", true}}, {}};
  for (const auto& [user, of_user] : access) table.rows.push_back({{user}, {of_user.role}, of_user.teams});
  return table;
}

Table ResourcesTable(const AccessGraph& graph) {
  Table table{"resources", {{"type"}, {"name"}, {"parent"}}, {}};
  table.rows.push_back({{"organization"}, {graph.organization}, {""}});
  for (const std::string& team : graph.teams) table.rows.push_back({{"team"}, {team}, {graph.organization}});
  for (const std::string& user : graph.users) table.rows.push_back({{"user"}, {user}, {graph.organization}});
  return table;
}

Table EntitlementsTable(const AccessGraph& graph) {
  Table table{"entitlements", {{"id"}, {"resource_type"}, {"resource"}, {"entitlement"}}, {}};
  for (const Entitlement& entitlement : graph.Entitlements()) {
    table.rows.push_back({{entitlement.Id()},
                          {std::string(ToString(entitlement.resource.type))},
                          {entitlement.resource.name},
                          {entitlement.slug}});
  }
  return table;
}

Table GrantsTable(const AccessGraph& graph) {
  Table table{"grants", {{"id"}, {"resource_type"}, {"resource"}, {"entitlement"}, {"user"}}, {}};
  for (const Grant& grant : graph.grants) {
    const Entitlement& entitlement = grant.entitlement;
    table.rows.push_back({{grant.Id()},
                          {std::string(ToString(entitlement.resource.type))},
                          {entitlement.resource.name},
                          {entitlement.slug},
                          {grant.principal.name}});
  }
  return table;
}

absl::StatusOr<Table> AccessTable(const AccessGraph& graph, const std::string& user) {
  if (std::find(graph.users.begin(), graph.users.end(), user) == graph.users.end()) {
    return absl::NotFoundError(
        fmt::format("there is no user {} in {}; names are case-sensitive", user, graph.organization));
  }
  Table table{"access", {{"resource_type"}, {"resource"}, {"entitlement"}}, {}};
  for (const Grant& grant : graph.grants) {
    if (grant.principal.name != user) continue;
    const Entitlement& entitlement = grant.entitlement;
    table.rows.push_back(
        {{std::string(ToString(entitlement.resource.type))}, {entitlement.resource.name}, {entitlement.slug}});
  }
  return table;
}

Table SyncsTable(const std::vector<SyncRun>& runs) {
  Table table{"syncs", {{"id"}, {"type"}, {"started_at"}, {"ended_at"}}, {}};
  for (const SyncRun& run : runs) table.rows.push_back({{run.id}, {run.type}, {run.started_at}, {run.ended_at}});
  return table;
}

Table StatsTable(const AccessGraph& graph) {
  Table table{"stats", {{"what"}, {"count"}}, {}};
  const auto add = [&](const std::string& what, std::size_t count) {
    table.rows.push_back({{what}, {std::to_string(count)}});
  };
  add("users", graph.users.size());
  add("teams", graph.teams.size());
  std::map<std::string, std::size_t> roles;
  std::size_t memberships = 0;
  for (const Grant& grant : graph.grants) {
    if (grant.entitlement.resource.type == ResourceType::kTeam) {
      ++memberships;
    } else {
      ++roles[grant.entitlement.slug];
    }
  }
  for (const Role role : kRoles)
    add(fmt::format("users with role {}", ToString(role)), roles[std::string(ToString(role))]);
  add("team memberships", memberships);
  add("entitlements", graph.Entitlements().size());
  add("grants", graph.grants.size());
  return table;
}

// A view without a note is complete by itself; the totals are for people.
std::string PeopleText(const FinishedSync& sync, OutputFormat format) {
  std::string text = Format(PeopleTable(sync.graph), format);
  if (format != OutputFormat::kTable) return text;
  return text + fmt::format("\nOrganization {}: {} users, {} teams, {} grants, synced at {}\n", sync.graph.organization,
                            sync.graph.users.size(), sync.graph.teams.size(), sync.graph.grants.size(),
                            sync.run.ended_at);
}

Table ChangesTable(const std::vector<Change>& changes) {
  Table table{"changes", {{"change"}, {"user"}, {"team"}, {"from"}, {"to"}}, {}};
  for (const Change& change : changes) {
    table.rows.push_back(
        {{std::string(ToString(change.kind))}, {change.user}, {change.team}, {change.from}, {change.to}});
  }
  return table;
}

}  // namespace

absl::StatusOr<std::string> Show(const ShowCommand& command) {
  ASSIGN_OR_RETURN(C1zFile file, C1zFile::Open(command.file));
  if (command.view == ShowView::kSyncs) return Format(SyncsTable(file.runs()), command.format);
  ASSIGN_OR_RETURN(const FinishedSync sync, file.Read(0));
  switch (command.view) {
    case ShowView::kPeople:
      return PeopleText(sync, command.format);
    case ShowView::kResources:
      return Format(ResourcesTable(sync.graph), command.format);
    case ShowView::kEntitlements:
      return Format(EntitlementsTable(sync.graph), command.format);
    case ShowView::kGrants:
      return Format(GrantsTable(sync.graph), command.format);
    case ShowView::kStats:
      return Format(StatsTable(sync.graph), command.format);
    case ShowView::kAccess: {
      ASSIGN_OR_RETURN(const Table table, AccessTable(sync.graph, command.user));
      return Format(table, command.format);
    }
    case ShowView::kSyncs:
      break;
  }
  return absl::InternalError("unknown view");
}

absl::StatusOr<Difference> Diff(const DiffCommand& command) {
  ASSIGN_OR_RETURN(C1zFile file, C1zFile::Open(command.file));
  FinishedSync before;
  FinishedSync after;
  if (command.other_file.empty()) {
    ASSIGN_OR_RETURN(after, file.Read(0));
    ASSIGN_OR_RETURN(before, file.Read(1));
  } else {
    ASSIGN_OR_RETURN(before, file.Read(0));
    ASSIGN_OR_RETURN(after, ReadLatestSync(command.other_file));
  }
  if (before.graph.organization != after.graph.organization) {
    return absl::InvalidArgumentError(
        fmt::format("these are syncs of two organizations, {} and {}; expected two of one", before.graph.organization,
                    after.graph.organization));
  }
  const std::vector<Change> changes = CompareGraphs(before.graph, after.graph);
  Difference difference{Format(ChangesTable(changes), command.format), !changes.empty()};
  if (command.format == OutputFormat::kTable) {
    if (changes.empty()) difference.text.clear();
    difference.text += fmt::format("{}Organization {}: {} changes from {} to {}\n", changes.empty() ? "" : "\n",
                                   after.graph.organization, changes.size(), before.run.ended_at, after.run.ended_at);
  }
  return difference;
}

absl::StatusOr<std::string> Verify(const VerifyCommand& command) {
  ASSIGN_OR_RETURN(C1zFile file, C1zFile::Open(command.file));
  Table table{"syncs", {{"id"}, {"ended_at"}, {"users"}, {"teams"}, {"grants"}, {"digest"}}, {}};
  std::size_t finished = 0;
  for (const SyncRun& run : file.runs()) {
    if (!run.IsFinishedFull()) continue;
    ASSIGN_OR_RETURN(const FinishedSync sync, file.Read(finished++));
    table.rows.push_back({{run.id},
                          {run.ended_at},
                          {std::to_string(sync.graph.users.size())},
                          {std::to_string(sync.graph.teams.size())},
                          {std::to_string(sync.graph.grants.size())},
                          {GraphDigest(sync.graph)}});
  }
  if (finished == 0)
    return absl::NotFoundError(fmt::format("{} is whole, but holds no finished full sync", command.file));
  return Format(table, command.format);
}

}  // namespace connector
