// Where a registry is: scheme, host, port and the path it is mounted under.
#pragma once

#include <string>
#include <string_view>

#include "connector/core/status.h"

namespace connector {

struct Origin {
  bool tls = true;
  std::string host;  // without the brackets of an IPv6 address
  int port = 443;
  std::string path_prefix;  // "" or "/api/npm", never with a trailing slash

  // Accepts http:// and https:// URLs, e.g. "https://registry.npmjs.org" or "http://127.0.0.1:4873/api/npm/". Refuses
  // user info, query and fragment.
  static absl::StatusOr<Origin> Parse(std::string_view url);

  // True for 127.0.0.0/8, ::1 and localhost.
  bool IsLoopback() const;

  // Scheme, host and port, for messages.
  std::string ToString() const;
};

}  // namespace connector
