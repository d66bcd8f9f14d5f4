// Counter-based randomness: a draw depends on its key alone, never on which draws came before. The same seed gives the
// same numbers on every compiler and at every concurrency.
#pragma once

#include <cstdint>
#include <string_view>

namespace connector {

// `purpose` and `subject` name what is drawn for; `counter` tells repeated draws apart.
std::uint64_t Draw(std::uint64_t seed, std::string_view purpose, std::string_view subject, std::uint64_t counter);

// Maps a draw to [0, 1).
double ToUnit(std::uint64_t draw);

}  // namespace connector
