#include "connector/http/message.h"

#include <strings.h>

namespace connector {

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::string_view> FindHeader(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualIgnoringCase(key, name)) return value;
  }
  return std::nullopt;
}

std::string_view ToString(TransportError error) {
  switch (error) {
    case TransportError::kUnresolved:
      return "host not found";
    case TransportError::kConnect:
      return "no connection";
    case TransportError::kTls:
      return "TLS handshake failed";
    case TransportError::kCertificate:
      return "TLS certificate refused";
    case TransportError::kTimeout:
      return "timed out";
    case TransportError::kClosed:
      return "connection closed before a response";
    case TransportError::kTruncated:
      return "response body cut short";
    case TransportError::kMalformed:
      return "not an HTTP response";
    case TransportError::kTooLarge:
      return "response too large";
    case TransportError::kCanceled:
      return "canceled";
  }
  return "unknown";
}

}  // namespace connector
