#include "connector/store/ksuid.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace connector {
namespace {

constexpr std::int64_t kEpochSeconds = 1'400'000'000;
constexpr std::size_t kLength = 27;
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

}  // namespace

std::string MakeKsuid(absl::Time time, const std::array<std::uint8_t, 16>& payload) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t seconds =
      std::clamp(absl::ToUnixSeconds(time), kEpochSeconds, kEpochSeconds + kMost) - kEpochSeconds;
  // A 160-bit number in five big-endian words, divided by 62 until it is spent.
  std::array<std::uint32_t, 5> words{static_cast<std::uint32_t>(seconds)};
  for (std::size_t i = 0; i < payload.size(); ++i) words[1 + i / 4] = words[1 + i / 4] << 8 | payload[i];
  std::string id(kLength, '0');
  for (std::size_t digit = kLength; digit-- > 0;) {
    std::uint64_t remainder = 0;
    for (std::uint32_t& word : words) {
      const std::uint64_t value = remainder << 32 | word;
      word = static_cast<std::uint32_t>(value / kAlphabet.size());
      remainder = value % kAlphabet.size();
    }
    id[digit] = kAlphabet[remainder];
  }
  return id;
}

}  // namespace connector
