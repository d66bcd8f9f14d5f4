#include "connector/core/rng.h"

namespace connector {
namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t Mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// FNV-1a with the length mixed in, so that ("ab", "c") and ("a", "bc") differ.
std::uint64_t Absorb(std::uint64_t state, std::string_view text) {
  for (const unsigned char c : text) state = (state ^ c) * 0x100000001B3ULL;
  return Mix(state ^ text.size());
}

}  // namespace

std::uint64_t Draw(std::uint64_t seed, std::string_view purpose, std::string_view subject, std::uint64_t counter) {
  return Mix(Absorb(Absorb(Mix(seed), purpose), subject) ^ Mix(counter));
}

double ToUnit(std::uint64_t draw) { return static_cast<double>(draw >> 11) * 0x1.0p-53; }

}  // namespace connector
