// A final failure, in words that say what to check.
#pragma once

#include <string_view>

#include "connector/core/status.h"
#include "connector/http/message.h"

namespace connector {

// `what` names what was asked for, e.g. "the team list of acme". Redirects are failures: following one could hand the
// token to another host.
absl::Status StatusFromResponse(std::string_view what, const HttpResponse& response);
absl::Status StatusFromFailure(std::string_view what, const TransportFailure& failure);

}  // namespace connector
