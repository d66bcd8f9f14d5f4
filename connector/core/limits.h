// Every cap of the connector, by name. A wait or buffer that is not bounded by one of these is a defect.
#pragma once

#include <absl/time/time.h>

#include <cstddef>

namespace connector {

// On what one reply may take from us.
struct WireLimits {
  std::size_t line_bytes = 8 * 1024;          // status line or one header line
  std::size_t head_bytes = 64 * 1024;         // status line and all headers
  std::size_t body_bytes = 48 * 1024 * 1024;  // after decompression; a roster of a million members is about 32 MiB
  absl::Duration connect = absl::Seconds(5);  // TCP connect, and the TLS handshake each
};

// On what one listing may hold.
struct DecodeLimits {
  std::size_t entries = 5'000'000;
  std::size_t pages = 100'000;
  std::size_t name_bytes = 1024 - 64;  // ids that hold a name stay under the 1024 bytes that Baton allows an id
};

// On one run.
struct RunLimits {
  absl::Duration request = absl::Seconds(60);  // one attempt, from submit to the last byte
  absl::Duration run = absl::Hours(1);         // the whole sync
  std::size_t in_flight = 8;                   // requests at once
  std::size_t reorder = 32;                    // answers held until their turn to be written comes
};

}  // namespace connector
