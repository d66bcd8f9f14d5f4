#include "connector/cli/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace connector {
namespace {

using Row = std::array<std::string, 3>;

// Code points, which is the width of most text.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Pad(const std::string& text, std::size_t width) { return text + std::string(width - Width(text), ' '); }

std::vector<Row> RowsOf(const AccessGraph& graph) {
  struct Access {
    std::string role = "-";
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
  std::vector<Row> rows;
  for (const auto& [user, of_user] : access) {
    rows.push_back(
        {user, of_user.role, of_user.teams.empty() ? "-" : fmt::format("{}", fmt::join(of_user.teams, ", "))});
  }
  return rows;
}

}  // namespace

std::string FormatAccessTable(const FinishedSync& sync) {
  std::vector<Row> rows = RowsOf(sync.graph);
  rows.insert(rows.begin(), {"USER", "ROLE", "TEAMS"});
  std::array<std::size_t, 2> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string table;
  for (const Row& row : rows)
    table += fmt::format("{}  {}  {}\n", Pad(row[0], widths[0]), Pad(row[1], widths[1]), row[2]);
  table += fmt::format("\nOrganization {}: {} users, {} teams, {} grants, synced at {}\n", sync.graph.organization,
                       sync.graph.users.size(), sync.graph.teams.size(), sync.graph.grants.size(), sync.ended_at);
  return table;
}

}  // namespace connector
