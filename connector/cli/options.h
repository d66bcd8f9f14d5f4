// The command line and environment of npm-connector, checked.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "connector/core/secret.h"
#include "connector/core/status.h"
#include "connector/http/origin.h"
#include "connector/npm/names.h"

namespace connector {

struct SyncCommand {
  OrgName org;
  Secret token;
  Origin origin;
  std::string file;
  std::string ca_file;
};

struct ShowCommand {
  std::string file;
};

// --help and --version: what to print.
struct PrintCommand {
  std::string text;
};

struct Options {
  std::variant<PrintCommand, ShowCommand, SyncCommand> command;
  std::string log_level = "info";
};

// The value of an environment variable; nothing if it is unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// `arguments` without the program's name. A flag wins over its variable; an empty variable counts as unset. Reads the
// token file, if one is named. Errors name the flag and the variable, never the token.
absl::StatusOr<Options> ParseOptions(std::vector<std::string> arguments, const Environment& environment);

}  // namespace connector
