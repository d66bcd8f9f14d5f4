// The Retry-After header (RFC 9110 section 10.2.3).
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string_view>

namespace connector {

// How long the server asks to wait, as of `wall_now`. Reads delay-seconds and the three HTTP-date forms; a date in the
// past is zero. Nothing for anything else: a sign, a fraction, garbage. A huge number of seconds saturates.
std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time wall_now);

}  // namespace connector
