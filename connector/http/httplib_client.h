// One keep-alive connection to the registry, over cpp-httplib with its gaps closed (bounded_stream.h). For one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "connector/core/limits.h"
#include "connector/core/secret.h"
#include "connector/http/message.h"
#include "connector/http/origin.h"
#include "connector/http/proxy.h"

namespace connector {

struct ConnectionOptions {
  Origin origin;
  Secret token;  // empty: requests are anonymous
  std::optional<Proxy> proxy;
  std::string ca_file;  // PEM; empty: the system's certificate store
  std::string user_agent;
  WireLimits limits;
};

class HttplibClient {
 public:
  virtual ~HttplibClient() = default;

  // One exchange on the kept connection or a new one. `time_left` gives the time to the request's deadline. If a kept
  // connection turns out to be closed before it gave a single byte, the request is sent once more on a new one: the
  // server closed it while idle, which says nothing about the request. Redirects are not followed.
  virtual std::variant<HttpResponse, TransportFailure> Perform(const HttpRequest& request,
                                                               const std::function<absl::Duration()>& time_left) = 0;

  // `options` outlives the client. A readable `cancel_fd` ends an exchange with kCanceled.
  static std::unique_ptr<HttplibClient> Make(const ConnectionOptions& options, int cancel_fd);
};

// What a client makes of the bytes that a server sends in answer to a GET before it closes the connection.
std::variant<HttpResponse, TransportFailure> ReadRecordedReply(std::string_view bytes, const WireLimits& limits);

}  // namespace connector
