// Compressed documents, for clients that ask for them.
#pragma once

#include <string>

#include "connector/http/message.h"

namespace mock_registry {

// One gzip member (RFC 1952).
std::string Gzip(const std::string& text);

// Whether Accept-Encoding names gzip, or anything. Without the header: no, although RFC 9110, 12.5.3, would allow it.
bool AcceptsGzip(const connector::HttpRequest& request);

}  // namespace mock_registry
