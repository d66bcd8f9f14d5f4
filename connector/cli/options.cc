#include "connector/cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "connector/store/files.h"

namespace connector {
namespace {

constexpr const char* kDefaultBaseUrl = "https://registry.npmjs.org";
constexpr const char* kDefaultFile = "sync.c1z";
constexpr std::size_t kLongestTokenFile = 64 * 1024;

struct Setting {
  const char* flags;
  const char* variable;
  const char* description;
  std::string fallback;  // what holds without flag and variable
  std::optional<std::string> value;
};

struct Settings {
  Setting organization{"--organization", "BATON_ORGANIZATION", "Organization to sync: its scope without '@'", "", {}};
  Setting token{"--access-token",
                "BATON_ACCESS_TOKEN",
                "npm access token. Others on this machine can see a command line: prefer the variable or a file",
                "",
                {}};
  Setting token_file{"--access-token-file", "BATON_ACCESS_TOKEN_FILE", "File that holds the access token", "", {}};
  Setting base_url{"--base-url", "BATON_BASE_URL", "Address of the registry", kDefaultBaseUrl, {}};
  Setting file{"-f,--file", "BATON_FILE", "The .c1z file to write", kDefaultFile, {}};
  Setting ca_file{"--ca-file",
                  "BATON_CA_FILE",
                  "Certificates (PEM) to trust instead of the system's, for a private registry",
                  "",
                  {}};
  Setting keep_syncs{"--keep-sync-count", "BATON_KEEP_SYNC_COUNT", "Finished syncs to keep in the file", "2", {}};
  Setting resume_max_age{"--resume-max-age",
                         "BATON_RESUME_MAX_AGE",
                         "Continue a sync that was interrupted if it began at most this long ago, e.g. 90s, 30m, 1h",
                         "1h",
                         {}};
  Setting fresh{"--fresh", "BATON_FRESH", "Start over, even if an interrupted sync could be continued", "", {}};
  Setting max_shrink{"--max-shrink",
                     "BATON_MAX_SHRINK",
                     "Stop if more than this share of the last sync's members is gone, 0% to 100%",
                     "50%",
                     {}};
  Setting on_team_error{"--on-team-error",
                        "BATON_ON_TEAM_ERROR",
                        "If one team is refused with 403 or 404: stop, or record: leave it out, mark the sync as "
                        "partial and end with an error",
                        "stop",
                        {}};
  Setting deadline{"--deadline", "BATON_DEADLINE", "Longest that a run may take, e.g. 90s, 30m, 1h", "1h", {}};
  Setting max_attempts{
      "--max-attempts", "BATON_MAX_ATTEMPTS", "How often a request is sent before the run gives up", "6", {}};
  Setting connections{"--connections", "BATON_CONNECTIONS", "Requests under way at once, at most 256", "8", {}};
  Setting plain_http{"--allow-plain-http",
                     "BATON_ALLOW_PLAIN_HTTP",
                     "Let the token travel unencrypted to a registry that is not on this machine",
                     "",
                     {}};
  Setting log_level{"--log-level", "BATON_LOG_LEVEL", "debug, info, warn or error", "info", {}};

  std::vector<Setting*> All() {
    return {&organization, &token,          &token_file, &base_url,   &file,          &ca_file,
            &keep_syncs,   &resume_max_age, &fresh,      &max_shrink, &on_team_error, &deadline,
            &max_attempts, &connections,    &plain_http, &log_level};
  }
};

// Flags that take no value; "true" as a variable.
bool IsSwitch(const Settings& settings, const Setting* setting) {
  return setting == &settings.plain_http || setting == &settings.fresh;
}

absl::StatusOr<bool> IsOn(const Setting& setting) {
  const std::string value = setting.value.value_or("false");
  if (value == "true" || value == "false") return value == "true";
  return absl::InvalidArgumentError(fmt::format("{} is \"{}\"; expected true or false", setting.variable, value));
}

// "--file" of "-f,--file".
std::string_view LongFlag(const Setting& setting) {
  const std::string_view flags = setting.flags;
  return flags.substr(flags.rfind("--"));
}

std::string Value(const Setting& setting) { return setting.value.value_or(setting.fallback); }

void FillFromEnvironment(Setting& setting, const Environment& environment) {
  if (setting.value) return;
  std::optional<std::string> value = environment(setting.variable);
  if (value && !value->empty()) setting.value = std::move(value);
}

absl::Status Missing(const Setting& setting, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("no {}: pass {} or set {}", what, LongFlag(setting), setting.variable));
}

absl::StatusOr<Secret> TokenFromFile(const std::string& path) {
  ASSIGN_OR_RETURN(File file, File::OpenForReading(path));
  ASSIGN_OR_RETURN(const std::string text, file.Read(kLongestTokenFile));
  absl::StatusOr<Secret> token = ParseToken(text);
  if (!token.ok()) return Annotate(token.status(), path);
  return token;
}

// The flag for either wins over the variable for either; within one kind, naming both is a mistake.
absl::StatusOr<Secret> ReadToken(Settings& settings, const Environment& environment) {
  if (!settings.token.value && !settings.token_file.value) {
    FillFromEnvironment(settings.token, environment);
    FillFromEnvironment(settings.token_file, environment);
  }
  if (settings.token.value && settings.token_file.value) {
    return absl::InvalidArgumentError(fmt::format("two access tokens: pass either {} ({}) or {} ({})",
                                                  LongFlag(settings.token), settings.token.variable,
                                                  LongFlag(settings.token_file), settings.token_file.variable));
  }
  if (settings.token_file.value) return TokenFromFile(*settings.token_file.value);
  if (!settings.token.value) {
    return absl::InvalidArgumentError(
        fmt::format("no access token: set {} or pass {}", settings.token.variable, LongFlag(settings.token_file)));
  }
  return ParseToken(*settings.token.value);
}

absl::StatusOr<std::size_t> CountOf(const Setting& setting, std::size_t most = 1'000'000) {
  const std::string text = Value(setting);
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count > 0 && count <= most) return count;
  return absl::InvalidArgumentError(
      fmt::format("{} is \"{}\"; expected a whole number from 1 to {}", LongFlag(setting), text, most));
}

absl::StatusOr<absl::Duration> DurationOf(const Setting& setting) {
  absl::Duration duration;
  if (absl::ParseDuration(Value(setting), &duration) && duration >= absl::ZeroDuration()) return duration;
  return absl::InvalidArgumentError(fmt::format("{} is \"{}\"; expected a duration with its unit, e.g. 90s, 30m or 1h",
                                                LongFlag(setting), Value(setting)));
}

// "50%" as 0.5.
absl::StatusOr<double> ShareOf(const Setting& setting) {
  const std::string text = Value(setting);
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool whole = error == std::errc() && end + 1 == text.data() + text.size() && *end == '%';
  constexpr double kAll = 100;
  if (whole && percent >= 0 && percent <= kAll) return percent / kAll;
  return absl::InvalidArgumentError(
      fmt::format("{} is \"{}\"; expected a share from 0% to 100%", LongFlag(setting), text));
}

absl::StatusOr<bool> RecordsTeamErrors(const Setting& setting) {
  const std::string text = Value(setting);
  if (text == "stop" || text == "record") return text == "record";
  return absl::InvalidArgumentError(fmt::format("{} is \"{}\"; expected stop or record", LongFlag(setting), text));
}

absl::StatusOr<SyncCommand> MakeSync(Settings& settings, const Environment& environment) {
  if (!settings.organization.value) return Missing(settings.organization, "organization");
  ASSIGN_OR_RETURN(OrgName org, OrgName::Parse(*settings.organization.value));
  ASSIGN_OR_RETURN(Secret token, ReadToken(settings, environment));
  ASSIGN_OR_RETURN(Origin origin, Origin::Parse(Value(settings.base_url)));
  ASSIGN_OR_RETURN(const bool plain_http, IsOn(settings.plain_http));
  if (!origin.tls && !origin.IsLoopback() && !plain_http) {
    return absl::InvalidArgumentError(
        fmt::format("base URL {} would send the token unencrypted, which is done to this machine only (127.0.0.1, ::1, "
                    "localhost). Use https, or "
                    "pass {} if the network between is trusted",
                    origin.ToString(), LongFlag(settings.plain_http)));
  }
  SyncCommand command{std::move(org), token, std::move(origin), Value(settings.file), Value(settings.ca_file)};
  ASSIGN_OR_RETURN(command.proxy, ProxyFor(command.origin, environment));
  ASSIGN_OR_RETURN(command.keep_syncs, CountOf(settings.keep_syncs));
  ASSIGN_OR_RETURN(command.resume_max_age, DurationOf(settings.resume_max_age));
  ASSIGN_OR_RETURN(command.fresh, IsOn(settings.fresh));
  ASSIGN_OR_RETURN(command.record_team_errors, RecordsTeamErrors(settings.on_team_error));
  ASSIGN_OR_RETURN(command.limits.run, DurationOf(settings.deadline));
  ASSIGN_OR_RETURN(const std::size_t max_attempts, CountOf(settings.max_attempts));
  command.retry.max_attempts = static_cast<int>(max_attempts);
  constexpr std::size_t kMostConnections = 256;
  ASSIGN_OR_RETURN(command.limits.in_flight, CountOf(settings.connections, kMostConnections));
  ASSIGN_OR_RETURN(command.max_shrink, ShareOf(settings.max_shrink));
  return command;
}

absl::Status CheckLogLevel(const Setting& setting) {
  for (const char* level : {"debug", "info", "warn", "error"}) {
    if (Value(setting) == level) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("{} is \"{}\"; expected debug, info, warn or error", LongFlag(setting), Value(setting)));
}

// The commands that read files, as CLI11 fills them in.
struct Inspection {
  ShowCommand show;
  DiffCommand diff;
  VerifyCommand verify;
};

const std::map<std::string, OutputFormat> kFormats = {
    {"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}, {"csv", OutputFormat::kCsv}};
const std::map<std::string, ShowView> kViews = {
    {"people", ShowView::kPeople}, {"resources", ShowView::kResources}, {"entitlements", ShowView::kEntitlements},
    {"grants", ShowView::kGrants}, {"access", ShowView::kAccess},       {"syncs", ShowView::kSyncs},
    {"stats", ShowView::kStats}};

void AddFormat(CLI::App* command, OutputFormat& format) {
  command->add_option("-o,--output-format", format, "table, json or csv [table]")
      ->transform(CLI::Transformer(kFormats).description(""))
      ->type_name("TEXT");
}

void AddShow(CLI::App& app, ShowCommand& show) {
  CLI::App* command = app.add_subcommand("show", "Print what a .c1z file says, the latest sync of it");
  command->add_option("FILE", show.file, "The .c1z file [sync.c1z]")->type_name("");
  command
      ->add_option(
          "VIEW", show.view,
          "people: who has what (default); resources; entitlements; grants; access: what --user has; syncs; stats")
      ->transform(CLI::Transformer(kViews).description(""))
      ->type_name("");
  command->add_option("--user", show.user, "The user of the view access")->type_name("TEXT");
  AddFormat(command, show.format);
}

void AddDiff(CLI::App& app, DiffCommand& diff) {
  CLI::App* command = app.add_subcommand(
      "diff",
      "Print who joined, left, changed role, entered or left which team between the two latest syncs, or two files");
  command->add_option("FILE", diff.file, "The .c1z file [sync.c1z]")->type_name("");
  command->add_option("FILE2", diff.other_file, "A later .c1z file")->type_name("");
  command->add_flag("--exit-code", diff.exit_code, "End with 3 if anything changed");
  AddFormat(command, diff.format);
}

void AddVerify(CLI::App& app, VerifyCommand& verify) {
  CLI::App* command = app.add_subcommand(
      "verify",
      "Check a .c1z file: container, database, every record and what it refers to; print the digest of each sync");
  command->add_option("FILE", verify.file, "The .c1z file [sync.c1z]")->type_name("");
  AddFormat(command, verify.format);
}

absl::StatusOr<ShowCommand> MakeShow(ShowCommand show) {
  if (show.view == ShowView::kAccess && show.user.empty())
    return absl::InvalidArgumentError("show access needs --user NAME");
  if (show.view != ShowView::kAccess && !show.user.empty()) {
    return absl::InvalidArgumentError("--user goes with the view access: show FILE access --user NAME");
  }
  return show;
}

// The text for --help or --version, which ended the parse.
std::string HelpText(const CLI::App& app) {
  if (app.get_version_ptr()->count() > 0) return app.version();
  const std::vector<CLI::App*> commands = app.get_subcommands();
  return commands.empty() ? app.help() : commands.front()->help();
}

absl::StatusOr<Options> MakeOptions(const CLI::App& app, Settings& settings, Inspection& inspection,
                                    const Environment& environment) {
  for (Setting* setting : settings.All()) {
    if (setting != &settings.token && setting != &settings.token_file) FillFromEnvironment(*setting, environment);
  }
  RETURN_IF_ERROR(CheckLogLevel(settings.log_level));
  Options options;
  options.log_level = Value(settings.log_level);
  for (std::string* file : {&inspection.show.file, &inspection.diff.file, &inspection.verify.file}) {
    if (file->empty()) *file = Value(settings.file);
  }
  if (app.got_subcommand("show")) {
    ASSIGN_OR_RETURN(options.command, MakeShow(inspection.show));
  } else if (app.got_subcommand("diff")) {
    options.command = inspection.diff;
  } else if (app.got_subcommand("verify")) {
    options.command = inspection.verify;
  } else {
    ASSIGN_OR_RETURN(options.command, MakeSync(settings, environment));
  }
  return options;
}

}  // namespace

absl::StatusOr<Options> ParseOptions(std::vector<std::string> arguments, const Environment& environment) {
  CLI::App app(
      "Writes who belongs to an npm organization, with which role and in which teams, to a .c1z file that the Baton "
      "tools read.\n"
      "Reads from the registry only. A sync that is interrupted is continued by the next run. HTTPS_PROXY and NO_PROXY "
      "are "
      "obeyed.",
      "npm-connector");
  app.footer(
      "Exit codes follow gRPC: 0 done, 1 stopped by a signal, 3 wrong option, 4 no answer in time, 5 not found, 7 not "
      "permitted,\n"
      "8 a cap or a full disk, 9 an answer that cannot be believed, 14 registry unreachable, 15 an answer or file that "
      "cannot be\n"
      "read, 16 token refused. After any of them but 0 the file is as it was,\nunless --on-team-error=record says "
      "otherwise.\n\n"
      "Example: BATON_ACCESS_TOKEN=npm_... npm-connector --organization acme");
  app.set_version_flag("-v,--version", std::string("npm-connector ") + CONNECTOR_VERSION);
  Settings settings;
  for (Setting* setting : settings.All()) {
    std::string description = fmt::format("{} (env {})", setting->description, setting->variable);
    if (!setting->fallback.empty()) description += fmt::format(" [{}]", setting->fallback);
    if (IsSwitch(settings, setting)) {
      app.add_flag_callback(
          setting->flags, [setting] { setting->value = "true"; }, description);
    } else {
      app.add_option(setting->flags, setting->value, description)->type_name("TEXT");
    }
  }
  Inspection inspection;
  AddShow(app, inspection.show);
  AddDiff(app, inspection.diff);
  AddVerify(app, inspection.verify);
  app.require_subcommand(0, 1);

  std::reverse(arguments.begin(), arguments.end());  // CLI11 wants them so
  try {
    app.parse(arguments);
  } catch (const CLI::Success&) {
    Options options;
    options.command = PrintCommand{HelpText(app)};
    return options;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(fmt::format("{}; see npm-connector --help", error.what()));
  }
  return MakeOptions(app, settings, inspection, environment);
}

}  // namespace connector
