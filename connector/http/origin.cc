#include "connector/http/origin.h"

#include <algorithm>
#include <charconv>

namespace connector {
namespace {

absl::Status BadUrl(std::string_view url, std::string_view problem) {
  return absl::InvalidArgumentError(
      fmt::format("base URL \"{}\" {}; expected something like https://registry.npmjs.org", url, problem));
}

bool ConsumePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

absl::StatusOr<Origin> Origin::Parse(std::string_view url) {
  Origin origin;
  std::string_view rest = url;
  if (!IsPrintable(url)) return BadUrl("(not shown)", "holds a space, a control character or a non-ASCII byte");
  if (ConsumePrefix(rest, "http://")) {
    origin.tls = false;
    origin.port = 80;
  } else if (!ConsumePrefix(rest, "https://")) {
    return BadUrl(url, "does not start with https:// or http://");
  }
  const std::size_t path_start = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, path_start);
  std::string_view path = rest.substr(path_start);
  // The URL is not repeated: what stands before the @ may be a password.
  if (authority.find('@') != std::string_view::npos) return BadUrl("(not shown)", "holds a user name or password");
  if (path.find_first_of("?#") != std::string_view::npos) return BadUrl(url, "has a query or fragment");

  std::string_view port;
  bool has_port = false;
  if (ConsumePrefix(authority, "[")) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return BadUrl(url, "has a '[' without ']'");
    origin.host = authority.substr(0, close);
    std::string_view after = authority.substr(close + 1);
    has_port = ConsumePrefix(after, ":");
    if (!has_port && !after.empty()) return BadUrl(url, "has text between ']' and the port");
    port = after;
  } else {
    const std::size_t colon = authority.find(':');
    origin.host = authority.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
  }
  if (origin.host.empty()) return BadUrl(url, "has no host");
  if (has_port) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), origin.port);
    if (error != std::errc() || end != port.data() + port.size() || origin.port < 1 || origin.port > 65535) {
      return BadUrl(url, "has a port that is not a number from 1 to 65535");
    }
  }
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  origin.path_prefix = path;
  return origin;
}

bool Origin::IsLoopback() const {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

std::string Origin::ToString() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
}

}  // namespace connector
