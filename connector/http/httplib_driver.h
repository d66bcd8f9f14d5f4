// The Driver over real sockets and the real clock: worker threads with one connection each, between a queue of requests
// and a queue of completions. Those two queues are the only locks of the connector.
#pragma once

#include <cstddef>
#include <memory>

#include "connector/http/driver.h"
#include "connector/http/httplib_client.h"

namespace connector {

class HttplibDriver final : public Driver {
 public:
  // `connections` is the number of workers, at least 1. Connections are opened when first used.
  HttplibDriver(ConnectionOptions options, std::size_t connections);
  // Cancels what is in flight and joins the workers. A worker in a TLS handshake finishes that first, which
  // WireLimits::connect bounds.
  ~HttplibDriver() override;

  Instant Now() const override;
  absl::Time WallNow() const override;
  void Submit(Ticket ticket, HttpRequest request, Instant deadline) override;
  std::optional<Completion> Wait(Instant until) override;
  bool StopRequested() const override;

  // Makes StopRequested() true and Wait() return. From any thread.
  void RequestStop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace connector
