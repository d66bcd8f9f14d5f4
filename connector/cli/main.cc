// npm-connector: gives the program its clock, randomness, environment and sockets.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <thread>

#include "connector/cli/inspect.h"
#include "connector/cli/options.h"
#include "connector/cli/run.h"
#include "connector/http/httplib_driver.h"

namespace connector {
namespace {

// Gives the exit code.
int Report(const absl::Status& status) {
  if (!status.ok()) std::fprintf(stderr, "npm-connector: %s\n", std::string(Message(status)).c_str());
  return static_cast<int>(status.code());
}

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

// Tells the driver about the first SIGTERM or SIGINT; a second one ends the program on the spot. While it lives these
// signals do nothing else. Made before any other thread, so that all inherit the blocked signals.
class SignalWatcher {
 public:
  explicit SignalWatcher(std::function<void()> on_signal) : on_signal_(std::move(on_signal)) {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, kEnd}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  void Start() {
    thread_ = std::thread([this] { Watch(); });
  }

  ~SignalWatcher() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), kEnd);
    thread_.join();
  }

 private:
  static constexpr int kEnd = SIGUSR1;

  void Watch() const {
    for (int seen = 0;; ++seen) {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (signal == kEnd) return;
      if (seen > 0) std::_Exit(static_cast<int>(absl::StatusCode::kCancelled));
      on_signal_();
    }
  }

  const std::function<void()> on_signal_;
  sigset_t signals_;
  std::thread thread_;
};

absl::Status Sync(const SyncCommand& command) {
  ConnectionOptions connection;
  connection.origin = command.origin;
  connection.token = command.token;
  connection.proxy = command.proxy;
  connection.ca_file = command.ca_file;
  connection.user_agent = std::string("npm-connector/") + CONNECTOR_VERSION;
  RunSettings settings;
  settings.fetch = {command.limits, command.retry, RandomSeed()};
  settings.time_zone = absl::LocalTimeZone();
  settings.process_id = ::getpid();
  std::unique_ptr<HttplibDriver> driver;
  SignalWatcher watcher([&] { driver->RequestStop(); });
  driver = std::make_unique<HttplibDriver>(connection, settings.fetch.limits.in_flight);
  watcher.Start();
  LoggingObserver observer;
  const absl::Status status = RunSync(command, *driver, observer, settings);
  if (driver->StopRequested()) {
    // Everything is on disk. A worker may be connecting to a host that does not answer; nobody waits for it.
    Report(status);
    std::_Exit(static_cast<int>(status.code()));
  }
  return status;
}

void Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// Prints what a command returned, and gives its exit code.
int Finish(const absl::StatusOr<std::string>& text) {
  if (text.ok()) Print(*text);
  return Report(text.status());
}

int Finish(const DiffCommand& command, const absl::StatusOr<Difference>& difference) {
  if (!difference.ok()) return Report(difference.status());
  Print(difference->text);
  return command.exit_code && difference->changed ? kExitCodeChanged : 0;
}

int Run(const Options& options) {
  if (const auto* print = std::get_if<PrintCommand>(&options.command)) return Finish(print->text + "\n");
  if (const auto* show = std::get_if<ShowCommand>(&options.command)) return Finish(Show(*show));
  if (const auto* diff = std::get_if<DiffCommand>(&options.command)) return Finish(*diff, Diff(*diff));
  if (const auto* verify = std::get_if<VerifyCommand>(&options.command)) return Finish(Verify(*verify));
  return Report(Sync(std::get<SyncCommand>(options.command)));
}

// Others on this machine can read what a program was started with.
void HideToken(int argc, char** argv, std::string_view token) {
  const auto hide = [&](char* text) {
    const std::size_t at = std::string_view(text).find(token);
    if (at != std::string_view::npos) std::memset(text + at, '*', token.size());
  };
  for (int i = 1; i < argc; ++i) hide(argv[i]);
  if (char* variable = std::getenv("BATON_ACCESS_TOKEN")) hide(variable);
}

int Main(int argc, char** argv) {
  const rlimit no_core{0, 0};  // a core dump would hold the token
  ::setrlimit(RLIMIT_CORE, &no_core);
  std::signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_color_st("npm-connector"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S%z %^%l%$ %v");
  const absl::StatusOr<Options> options = ParseOptions({argv + 1, argv + argc}, ReadEnvironment);
  if (!options.ok()) return Report(options.status());
  if (const auto* sync = std::get_if<SyncCommand>(&options->command)) HideToken(argc, argv, sync->token.Reveal());
  spdlog::set_level(spdlog::level::from_str(options->log_level));
  return Run(*options);
}

}  // namespace
}  // namespace connector

int main(int argc, char** argv) { return connector::Main(argc, argv); }
