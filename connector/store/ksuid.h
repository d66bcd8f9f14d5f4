// K-sortable ids (segmentio/ksuid), which Baton gives to syncs.
#pragma once

#include <absl/time/time.h>

#include <array>
#include <cstdint>
#include <string>

namespace connector {

// 27 characters of 0-9A-Za-z: seconds since 2014-05-13T16:53:20Z, then `payload`, so that ids sort by time. `time` is
// clamped to the 136 years that fit.
std::string MakeKsuid(absl::Time time, const std::array<std::uint8_t, 16>& payload);

}  // namespace connector
