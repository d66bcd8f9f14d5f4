// mock-registry: serves a scenario file over HTTP.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "mock_registry/registry/registry.h"
#include "mock_registry/scenario/loader.h"
#include "mock_registry/transport/http_server.h"

namespace mock_registry {
namespace {

struct ServeCommand {
  std::string file;
  ServerOptions server;
};

// Blocks SIGTERM and SIGINT in this thread and those it starts, so that sigwait() gets them.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

absl::Status Serve(const ServeCommand& command) {
  const sigset_t stop_signals = BlockStopSignals();
  ASSIGN_OR_RETURN(const Scenario scenario, LoadScenario(command.file));
  Registry registry(scenario);
  const Handler handler = [&](const connector::HttpRequest& request, connector::Instant now) {
    return registry.Handle(request, now);
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpServer> server, HttpServer::Start(handler, command.server));
  std::printf("%s\n", server->base_url().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop_signals, &signal);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("A mock npm registry, driven by a scenario file. See docs/scenarios.md.", "mock-registry");
  app.set_version_flag("-v,--version", std::string("mock-registry ") + MOCK_REGISTRY_VERSION);
  app.require_subcommand(1);
  ServeCommand serve;
  CLI::App* serve_app = app.add_subcommand(
      "serve", "Serve a scenario until SIGTERM or SIGINT. Prints the base URL on a line of its own when ready");
  serve_app->add_option("FILE", serve.file, "The scenario, a *.scenario.json")->required()->type_name("");
  serve_app->add_option("--port", serve.server.port, "Port; 0 takes a free one [0]")
      ->check(CLI::Range(0, 65535))
      ->type_name("N");
  serve_app->add_option("--host", serve.server.host, "Address to listen on [127.0.0.1]")->type_name("H");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return static_cast<int>(absl::StatusCode::kInvalidArgument);
  }
  const absl::Status status = Serve(serve);
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(connector::Message(status)).c_str());
  return static_cast<int>(status.code());
}

}  // namespace
}  // namespace mock_registry

int main(int argc, char** argv) { return mock_registry::Main(argc, argv); }
