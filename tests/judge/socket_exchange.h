// SimDriver's way to a registry over real sockets: each request and reply crosses a real connection, in the order of
// the simulation, while the clock stays virtual. What the simulation says of wire faults is held against this.
#pragma once

#include <memory>
#include <mutex>

#include "connector/core/secret.h"
#include "connector/http/httplib_client.h"
#include "mock_registry/transport/http_server.h"
#include "mock_registry/transport/sim_driver.h"

namespace testing_util {

class SocketExchange {
 public:
  static absl::StatusOr<std::unique_ptr<SocketExchange>> Start(mock_registry::Handler handler,
                                                               const connector::Secret& token);

  mock_registry::Delivery Send(const connector::HttpRequest& request, connector::Instant now);

 private:
  SocketExchange() = default;

  std::mutex mutex_;  // between the server's threads and ours
  connector::Instant now_;
  absl::Duration delay_;  // of the latest reply, which the server must not sleep
  bool refused_ = false;  // the latest request was to find nobody
  std::unique_ptr<mock_registry::HttpServer> server_;
  connector::ConnectionOptions nobody_;  // a port where nobody listens
  connector::ConnectionOptions options_;
};

}  // namespace testing_util
