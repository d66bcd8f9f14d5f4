#include "connector/npm/names.h"

#include <algorithm>

namespace connector {
namespace {

constexpr std::size_t kLongestOrgName = 214;
constexpr std::size_t kLongestToken = 4096;
constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

bool IsNameCharacter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

absl::StatusOr<OrgName> OrgName::Parse(std::string_view text) {
  std::string_view name = text;
  if (name.starts_with('@')) name.remove_prefix(1);
  const auto refuse = [](std::string_view problem) {
    return absl::InvalidArgumentError(fmt::format(
        "organization name {}; expected the scope of the organization without '@', e.g. acme for packages @acme/...",
        problem));
  };
  if (name.empty()) return refuse("is empty");
  if (name.size() > kLongestOrgName)
    return refuse(fmt::format("has {} characters, npm allows {}", name.size(), kLongestOrgName));
  if (name.front() == '.') return refuse("starts with '.'");
  const auto bad = std::find_if_not(name.begin(), name.end(), IsNameCharacter);
  if (bad != name.end()) {
    const auto byte = static_cast<unsigned char>(*bad);
    const std::string shown =
        byte > 0x20 && byte < 0x7F ? fmt::format("'{}'", *bad) : fmt::format("byte 0x{:02X}", byte);
    return refuse(fmt::format("holds {} at position {}", shown, bad - name.begin() + 1));
  }
  return OrgName(std::string(name));
}

absl::StatusOr<Secret> ParseToken(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return absl::InvalidArgumentError("access token is empty");
  const std::string_view token = text.substr(first, text.find_last_not_of(kWhiteSpace) + 1 - first);
  if (token.size() > kLongestToken) {
    return absl::InvalidArgumentError(
        fmt::format("access token has {} bytes, more than {}", token.size(), kLongestToken));
  }
  const auto bad = std::find_if_not(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (bad != token.end()) {
    return absl::InvalidArgumentError(fmt::format(
        "access token holds byte 0x{:02X} at position {}; expected one word of printable ASCII, e.g. npm_ and 36 "
        "characters. Was more than the token copied?",
        static_cast<unsigned char>(*bad), bad - token.begin() + 1));
  }
  return Secret(std::string(token));
}

}  // namespace connector
