// What changed between two access graphs of one organization.
#pragma once

#include <string>
#include <vector>

#include "connector/access/graph.h"

namespace connector {

enum class ChangeKind { kUserJoined, kUserLeft, kRoleChanged, kTeamAdded, kTeamRemoved, kTeamEntered, kTeamLeft };

// "joined", "left", "role changed", "team added", "team removed", "entered team", "left team".
std::string_view ToString(ChangeKind kind);

struct Change {
  ChangeKind kind = ChangeKind::kUserJoined;
  std::string user;  // "" for a team's own changes
  std::string team;  // of changes about a team
  std::string from;  // the role before, of a user that left or whose role changed; "" if there was none
  std::string to;    // the role now, of a user that joined or whose role changed; "" if there is none

  friend bool operator==(const Change&, const Change&) = default;
};

// By kind, then by name. The memberships of a user that left and of a team that was removed are listed too: each was
// access.
std::vector<Change> CompareGraphs(const AccessGraph& before, const AccessGraph& after);

}  // namespace connector
