#include "tests/judge/socket_exchange.h"

#include <utility>

#include "mock_registry/transport/wire.h"

namespace testing_util {

absl::StatusOr<std::unique_ptr<SocketExchange>> SocketExchange::Start(mock_registry::Handler handler,
                                                                      const connector::Secret& token) {
  std::unique_ptr<SocketExchange> exchange(new SocketExchange());
  SocketExchange& self = *exchange;
  const auto serve = [&self, handler = std::move(handler)](connector::HttpRequest request, connector::Instant) {
    // The port is another one each time, and addresses in replies are made of it.
    std::erase_if(request.headers, [](const auto& header) { return header.first == "Host"; });
    const std::lock_guard lock(self.mutex_);
    mock_registry::Reply reply = handler(request, self.now_);
    self.delay_ = std::exchange(reply.delay, absl::ZeroDuration()) + mock_registry::TransferTime(reply);
    reply.fault.pause = absl::ZeroDuration();
    self.refused_ = reply.fault.refuse;
    return reply;
  };
  ASSIGN_OR_RETURN(self.server_, mock_registry::HttpServer::Start(serve));
  ASSIGN_OR_RETURN(self.options_.origin, connector::Origin::Parse(self.server_->base_url()));
  self.options_.token = token;
  self.options_.user_agent = "contract-test";
  self.nobody_ = self.options_;
  {
    ASSIGN_OR_RETURN(const auto closed, mock_registry::HttpServer::Start(serve));
    self.nobody_.origin.port = closed->port();
  }
  return exchange;
}

mock_registry::Delivery SocketExchange::Send(const connector::HttpRequest& request, connector::Instant now) {
  {
    const std::lock_guard lock(mutex_);
    now_ = now;
    delay_ = absl::ZeroDuration();
    refused_ = false;
  }
  // A connection a request: on a kept one the client repeats what was lost, which the simulation does not.
  constexpr int kNeverCancelled = -1;
  const auto client = connector::HttplibClient::Make(options_, kNeverCancelled);
  const auto time_left = [] { return absl::Seconds(10); };
  auto result = client->Perform(request, time_left);
  const std::lock_guard lock(mutex_);
  // By now the request has reached a port where somebody listens; what is asked for is one where nobody does.
  if (refused_) result = connector::HttplibClient::Make(nobody_, kNeverCancelled)->Perform(request, time_left);
  return {std::move(result), delay_};
}

}  // namespace testing_util
