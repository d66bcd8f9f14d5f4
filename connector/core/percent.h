// Percent-encoding of one path segment (RFC 3986 section 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace connector {

// Leaves what JavaScript's encodeURIComponent leaves (A-Z a-z 0-9 - _ . ! ~ * ' ( )), because that is what npm's own
// clients send; every other byte becomes %XX in upper case. The segments "." and ".." are encoded whole.
std::string PercentEncode(std::string_view segment);

// Nothing if a percent sign is not followed by two hex digits.
std::optional<std::string> PercentDecode(std::string_view segment);

}  // namespace connector
