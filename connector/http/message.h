// HTTP requests and responses as values. Nothing here knows about sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace connector {

// In the order of the wire. Names compare without regard to case; values are the raw bytes.
using Headers = std::vector<std::pair<std::string, std::string>>;

// Whether two names of headers, or other tokens of HTTP, are the same.
bool EqualIgnoringCase(std::string_view a, std::string_view b);

// The first value of a header, or nothing.
std::optional<std::string_view> FindHeader(const Headers& headers, std::string_view name);

// Requests do not carry the token: the Driver adds it for the configured origin (SECURITY.md).
struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query below the registry's base URL, percent-encoded, starting with '/'
  Headers headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;  // decoded from transfer and content encodings
};

// Why there is no response. Each is one row of the retry table in backoff.cc.
enum class TransportError {
  kUnresolved,   // the host name has no address
  kConnect,      // refused, unreachable, or no connection in time
  kTls,          // the handshake failed
  kCertificate,  // the server's certificate was not accepted
  kTimeout,      // the request's deadline passed
  kClosed,       // the peer closed or reset the connection before a whole head arrived
  kTruncated,    // the body ended early
  kMalformed,    // the bytes are not an HTTP response
  kTooLarge,     // a cap of WireLimits was reached
  kCanceled,     // the driver was shut down
};

std::string_view ToString(TransportError error);

struct TransportFailure {
  TransportError error = TransportError::kConnect;
  std::string detail;  // for people: what was seen
};

}  // namespace connector
