// npm-connector: gives the program its clock, randomness, environment and sockets.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "connector/cli/options.h"
#include "connector/cli/run.h"
#include "connector/http/httplib_driver.h"

namespace connector {
namespace {

std::optional<std::string> ReadEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

// Logs progress now and then, so that a long sync is seen to live.
class LoggingObserver final : public SyncObserver {
 public:
  void OnProgress(std::size_t teams_done, std::size_t teams) override {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < kInterval) return;
    last_ = now;
    spdlog::info("{} of {} teams", teams_done, teams);
  }
  void OnWarning(const std::string& warning) override { spdlog::warn("{}", warning); }

 private:
  static constexpr std::chrono::seconds kInterval{2};
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::uint64_t RandomSeed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

absl::Status Sync(const SyncCommand& command) {
  ConnectionOptions connection;
  connection.origin = command.origin;
  connection.token = command.token;
  connection.ca_file = command.ca_file;
  connection.user_agent = std::string("npm-connector/") + CONNECTOR_VERSION;
  RunSettings settings;
  settings.fetch.seed = RandomSeed();
  settings.time_zone = absl::LocalTimeZone();
  HttplibDriver driver(connection, settings.fetch.limits.in_flight);
  LoggingObserver observer;
  return RunSync(command, driver, observer, settings);
}

absl::Status Run(const Options& options) {
  if (const auto* print = std::get_if<PrintCommand>(&options.command)) {
    std::printf("%s\n", print->text.c_str());
    return absl::OkStatus();
  }
  if (const auto* show = std::get_if<ShowCommand>(&options.command)) return RunShow(*show);
  return Sync(std::get<SyncCommand>(options.command));
}

int Main(int argc, char** argv) {
  const rlimit no_core{0, 0};  // a core dump would hold the token
  ::setrlimit(RLIMIT_CORE, &no_core);
  std::signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_color_st("npm-connector"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S%z %^%l%$ %v");
  const absl::StatusOr<Options> options = ParseOptions({argv + 1, argv + argc}, ReadEnvironment);
  absl::Status status = options.status();
  if (options.ok()) {
    spdlog::set_level(spdlog::level::from_str(options->log_level));
    status = Run(*options);
  }
  if (!status.ok()) std::fprintf(stderr, "npm-connector: %s\n", std::string(Message(status)).c_str());
  return static_cast<int>(status.code());
}

}  // namespace
}  // namespace connector

int main(int argc, char** argv) { return connector::Main(argc, argv); }
