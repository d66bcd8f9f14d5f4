// A registry on a socket. In process:
//
//   auto server = HttpServer::Start(handler);        // 127.0.0.1, a free port, ready when Start returns
//   Use((*server)->base_url());
//
// One thread serves all connections by epoll(7): a reply that waits costs a timer and no thread, and a request costs
// one read and one write.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "connector/core/status.h"
#include "mock_registry/registry/reply.h"

namespace mock_registry {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any that is free
  // After so many requests a connection is closed, without a word before.
  std::uint64_t requests_per_connection = std::numeric_limits<std::uint64_t>::max();
};

class HttpServer {
 public:
  // Listens and serves until destroyed. `handler` is called from the server's thread, with the time since Start.
  // kUnavailable if the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Handler handler, const ServerOptions& options = {});

  // Closes all connections, idle or not, and joins the thread: milliseconds.
  ~HttpServer();

  int port() const { return port_; }
  // "http://127.0.0.1:40123", without a slash at the end.
  std::string base_url() const;

 private:
  class Loop;
  HttpServer(std::unique_ptr<Loop> loop, std::string host, int port);

  std::unique_ptr<Loop> loop_;
  const std::string host_;
  const int port_;
};

}  // namespace mock_registry
