#include "connector/http/retry_after.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace connector {
namespace {

constexpr std::size_t kLongestDate = 64;

// IMF-fixdate, RFC 850 and asctime, in the order of RFC 9110 section 5.6.7.
constexpr const char* kDateForms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time wall_now) {
  value = Trim(value);
  if (value.empty() || value.size() > kLongestDate) return std::nullopt;
  if (AllDigits(value)) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error == std::errc::result_out_of_range) return absl::InfiniteDuration();
    return absl::Seconds(seconds);
  }
  for (const char* form : kDateForms) {
    absl::Time date;
    if (absl::ParseTime(form, std::string(value), &date, nullptr)) {
      return std::max(date - wall_now, absl::ZeroDuration());
    }
  }
  return std::nullopt;
}

}  // namespace connector
