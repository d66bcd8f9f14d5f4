#include "connector/cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
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
  Setting plain_http{"--allow-plain-http",
                     "BATON_ALLOW_PLAIN_HTTP",
                     "Let the token travel unencrypted to a registry that is not on this machine",
                     "",
                     {}};
  Setting log_level{"--log-level", "BATON_LOG_LEVEL", "debug, info, warn or error", "info", {}};

  std::vector<Setting*> All() {
    return {&organization, &token, &token_file, &base_url, &file, &ca_file, &plain_http, &log_level};
  }
};

// Flags that take no value; "true" as a variable.
bool IsSwitch(const Settings& settings, const Setting* setting) { return setting == &settings.plain_http; }

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
  return SyncCommand{std::move(org), std::move(token), std::move(origin), Value(settings.file),
                     Value(settings.ca_file)};
}

absl::Status CheckLogLevel(const Setting& setting) {
  for (const char* level : {"debug", "info", "warn", "error"}) {
    if (Value(setting) == level) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("{} is \"{}\"; expected debug, info, warn or error", LongFlag(setting), Value(setting)));
}

}  // namespace

absl::StatusOr<Options> ParseOptions(std::vector<std::string> arguments, const Environment& environment) {
  CLI::App app(
      "Writes who belongs to an npm organization, with which role and in which teams, to a .c1z file that the Baton "
      "tools read.\n"
      "Reads from the registry only.",
      "npm-connector");
  app.footer(
      "Exit codes follow gRPC: 0 done, 3 wrong option, 4 no answer in time, 5 not found, 7 not permitted, 9 an answer "
      "that cannot\n"
      "be believed, 14 registry unreachable, 15 an answer that cannot be read, 16 token refused. After any of them but "
      "0 the file\n"
      "is as it was.\n\n"
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
  Options options;
  CLI::App* show = app.add_subcommand("show", "Print who has what according to a .c1z file, as a table");
  ShowCommand show_command;
  show->add_option("FILE", show_command.file, "The .c1z file")->default_str(kDefaultFile)->type_name("");
  app.require_subcommand(0, 1);

  std::reverse(arguments.begin(), arguments.end());  // CLI11 wants them so
  try {
    app.parse(arguments);
  } catch (const CLI::Success&) {
    const bool version = app.get_version_ptr()->count() > 0;
    options.command = PrintCommand{version ? app.version() : app.help()};
    if (!version && show->parsed()) options.command = PrintCommand{show->help()};
    return options;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(fmt::format("{}; see npm-connector --help", error.what()));
  }
  for (Setting* setting : settings.All()) {
    if (setting != &settings.token && setting != &settings.token_file) FillFromEnvironment(*setting, environment);
  }
  RETURN_IF_ERROR(CheckLogLevel(settings.log_level));
  options.log_level = Value(settings.log_level);
  if (show->parsed()) {
    if (show_command.file.empty()) show_command.file = Value(settings.file);
    options.command = show_command;
    return options;
  }
  ASSIGN_OR_RETURN(options.command, MakeSync(settings, environment));
  return options;
}

}  // namespace connector
