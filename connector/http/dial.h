// Opens the TCP connection that an exchange runs over. httplib resolves names without any deadline, and speaks to
// proxies without limits.
#pragma once

#include <netdb.h>

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "connector/core/limits.h"
#include "connector/http/message.h"
#include "connector/http/origin.h"
#include "connector/http/proxy.h"

namespace connector {

// getaddrinfo().
using Lookup = std::function<int(const char* host, const char* service, const addrinfo* hints, addrinfo** addresses)>;

struct Route {
  const Origin& origin;
  const std::optional<Proxy>& proxy;  // set: the connection is a tunnel through it (CONNECT)
};

// A connected socket, non-blocking and not inherited by other programs, which the caller closes. `time_left` gives the
// time to the request's deadline; resolving and connecting together take at most `limits.connect` of it, the proxy's
// answer as much again. A readable `cancel_fd` ends it with kCanceled. Addresses are tried in the order that `lookup`
// gives; a lookup that takes too long is left to end on a thread of its own.
std::variant<int, TransportFailure> Dial(const Route& route, const WireLimits& limits,
                                         const std::function<absl::Duration()>& time_left, int cancel_fd,
                                         const Lookup& lookup = ::getaddrinfo);

}  // namespace connector
