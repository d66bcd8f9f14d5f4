// Which proxy stands between this machine and the registry, from the variables that curl and npm obey.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "connector/core/secret.h"
#include "connector/core/status.h"
#include "connector/http/origin.h"

namespace connector {

// The value of an environment variable; nothing if it is unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct Proxy {
  std::string host;
  int port = 80;
  Secret credentials;  // "user:password", empty if there are none

  std::string ToString() const;  // without the credentials
};

// The proxy for an https origin from HTTPS_PROXY or https_proxy, "http://[user:password@]host[:port]", unless NO_PROXY
// or no_proxy names the host: a comma-separated list of "*", hosts, domains (".example.com" and "example.com" cover all
// hosts below), each with a port or without. Plain http and this machine are always reached directly. kInvalidArgument
// for a proxy that is none, and for one that is spoken to in TLS.
absl::StatusOr<std::optional<Proxy>> ProxyFor(const Origin& origin, const Environment& environment);

}  // namespace connector
