#include "connector/http/proxy.h"

#include <fmt/format.h>

#include <string_view>

#include "connector/core/percent.h"
#include "connector/http/message.h"

namespace connector {
namespace {

// The first of two spellings that is set and not empty, with its name.
std::optional<std::pair<std::string, std::string>> Variable(const Environment& environment, const char* upper,
                                                            const char* lower) {
  for (const char* name : {upper, lower}) {
    std::optional<std::string> value = environment(name);
    if (value && !value->empty()) return std::pair(std::string(name), *std::move(value));
  }
  return std::nullopt;
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// One entry of NO_PROXY.
bool Covers(std::string_view entry, const Origin& origin) {
  entry = Trimmed(entry);
  if (entry == "*") return true;
  const std::size_t colon = entry.rfind(':');
  if (colon != std::string_view::npos && entry.find(':') == colon) {
    if (entry.substr(colon + 1) != std::to_string(origin.port)) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || entry.size() > origin.host.size()) return false;
  const std::size_t before = origin.host.size() - entry.size();
  const bool whole_labels = before == 0 || origin.host[before - 1] == '.';
  return whole_labels && EqualIgnoringCase(std::string_view(origin.host).substr(before), entry);
}

}  // namespace

std::string Proxy::ToString() const { return fmt::format("http://{}:{}", host, port); }

absl::StatusOr<std::optional<Proxy>> ProxyFor(const Origin& origin, const Environment& environment) {
  if (!origin.tls || origin.IsLoopback()) return std::nullopt;
  const auto variable = Variable(environment, "HTTPS_PROXY", "https_proxy");
  if (!variable) return std::nullopt;
  if (const auto direct = Variable(environment, "NO_PROXY", "no_proxy")) {
    for (std::string_view rest = direct->second; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (Covers(rest.substr(0, comma), origin)) return std::nullopt;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  std::string url(Trimmed(variable->second));
  if (url.find("://") == std::string::npos) url = "http://" + url;
  // What is wrong may be the password, so the value is not shown.
  const auto bad = [&](std::string_view what) {
    return absl::InvalidArgumentError(
        fmt::format("{} {}; expected http://host:port or http://user:password@host:port", variable->first, what));
  };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return bad("has a scheme that is not http");
  Proxy proxy;
  std::string authority = url.substr(kScheme.size(), url.find_first_of("/?#", kScheme.size()) - kScheme.size());
  if (const std::size_t at = authority.rfind('@'); at != std::string::npos) {
    const std::optional<std::string> credentials = PercentDecode(authority.substr(0, at));
    if (!credentials) return bad("has a user or password that does not decode");
    proxy.credentials = Secret(*credentials);
    authority.erase(0, at + 1);
  }
  const absl::StatusOr<Origin> address = Origin::Parse(fmt::format("{}{}", kScheme, authority));
  if (!address.ok()) return bad("has no host and port");
  proxy.host = address->host;
  proxy.port = address->port;
  return proxy;
}

}  // namespace connector
