// The Link header (RFC 8288).
#pragma once

#include <optional>
#include <string>

#include "connector/http/message.h"

namespace connector {

// The target of the first link whose relation is "next", as written. Nothing if there is none.
std::optional<std::string> NextLink(const Headers& headers);

}  // namespace connector
