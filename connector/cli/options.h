// The command line and environment of npm-connector, checked.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "connector/cli/table.h"
#include "connector/core/limits.h"
#include "connector/core/secret.h"
#include "connector/core/status.h"
#include "connector/http/backoff.h"
#include "connector/http/origin.h"
#include "connector/http/proxy.h"
#include "connector/npm/names.h"
#include "connector/store/c1z_writer.h"

namespace connector {

struct SyncCommand {
  OrgName org;
  Secret token;
  Origin origin;
  std::string file;
  std::string ca_file;
  std::optional<Proxy> proxy = std::nullopt;
  std::size_t keep_syncs = C1zOptions::kKeepSyncs;
  absl::Duration resume_max_age = absl::Hours(1);
  bool fresh = false;
  RunLimits limits = {};
  RetryPolicy retry = {};
  bool record_team_errors = false;
  double max_shrink = 0.5;  // share of the last sync's members that may be gone
};

enum class ShowView { kPeople, kResources, kEntitlements, kGrants, kAccess, kSyncs, kStats };

struct ShowCommand {
  std::string file;
  ShowView view = ShowView::kPeople;
  std::string user;  // of kAccess
  OutputFormat format = OutputFormat::kTable;
};

struct DiffCommand {
  std::string file;
  std::string other_file;  // "" compares the two latest syncs of `file`
  OutputFormat format = OutputFormat::kTable;
  bool exit_code = false;  // end with kExitCodeChanged if anything changed
};

inline constexpr int kExitCodeChanged = 3;

struct VerifyCommand {
  std::string file;
  OutputFormat format = OutputFormat::kTable;
};

// --help and --version: what to print.
struct PrintCommand {
  std::string text;
};

struct Options {
  std::variant<PrintCommand, SyncCommand, ShowCommand, DiffCommand, VerifyCommand> command;
  std::string log_level = "info";
};

// `arguments` without the program's name. A flag wins over its variable; an empty variable counts as unset. Reads the
// token file, if one is named. Errors name the flag and the variable, never the token.
absl::StatusOr<Options> ParseOptions(std::vector<std::string> arguments, const Environment& environment);

}  // namespace connector
