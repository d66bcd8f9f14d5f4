// The plan: which listings make up an organization, in which order they are asked for, and how their rows become the
// graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "connector/access/graph.h"
#include "connector/core/limits.h"
#include "connector/http/driver.h"
#include "connector/http/origin.h"
#include "connector/npm/names.h"
#include "connector/sync/fetcher.h"

namespace connector {

// Called while a sync runs, on its thread.
class SyncObserver {
 public:
  virtual ~SyncObserver() = default;
  // `teams_done` of `teams` teams are written; called once the number of teams is known, then after each.
  virtual void OnProgress(std::size_t teams_done, std::size_t teams) = 0;
  // Something odd that is kept.
  virtual void OnWarning(const std::string& warning) = 0;
};

struct SyncOptions {
  OrgName org;
  Origin origin;  // the registry's, which the next page must be on
  FetchOptions fetch;
  DecodeLimits decode;
  std::vector<std::string> previous_members = {};  // of the last finished sync; empty if there is none
  double max_shrink = 0.5;                         // share of them that may be gone
  bool record_team_errors = false;                 // go on without a team that the registry refuses
};

struct UnreadTeam {
  std::string name;
  absl::Status status;
};

struct SyncSummary {
  std::size_t users = 0;
  std::size_t unlisted_users = 0;  // of these: named by a team but not by the organization
  std::size_t teams = 0;
  std::size_t grants = 0;
  std::uint64_t requests = 0;
  std::vector<UnreadTeam> unread_teams = {};  // refused with 403 or 404, and not among `teams`
};

// Reads the whole organization into `sink`. The first request is the team list: npm answers it only to a token that is
// valid and may see the organization, so it validates both. Nothing is added to the sink before team list and roster
// are read and believed (access/guards.h). Who the token belongs to is asked too; a registry that does not tell is no
// error, because npm is reported to refuse that to good tokens. After an error the sink's content is to be thrown away.
absl::StatusOr<SyncSummary> SyncOrganization(Driver& driver, const SyncOptions& options, GraphSink& sink,
                                             SyncObserver& observer);

}  // namespace connector
