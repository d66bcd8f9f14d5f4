#include "connector/npm/paging.h"

#include <algorithm>
#include <charconv>

#include "connector/core/percent.h"
#include "connector/http/link.h"

namespace connector {
namespace {

// `target` with the query parameter `name` set.
std::string WithQuery(std::string_view target, std::string_view name, std::string_view value) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string result(target.substr(0, mark));
  char separator = '?';
  std::string_view query = target.substr(std::min(mark + 1, target.size()));
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    if (pair.substr(0, pair.find('=')) != name) {
      result += fmt::format("{}{}", separator, pair);
      separator = '&';
    }
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return result + fmt::format("{}{}={}", separator, name, PercentEncode(value));
}

bool IsAbsolute(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://") || url.starts_with("//");
}

// A target below the registry's base, from a URL that a page gave.
absl::StatusOr<std::string> Resolve(std::string_view url, const HttpRequest& asked, const Origin& origin) {
  url = url.substr(0, url.find('#'));
  if (url.starts_with('?')) return asked.target.substr(0, asked.target.find('?')) + std::string(url);
  std::string_view path = url;
  if (IsAbsolute(url)) {
    const std::size_t authority = url.find("//") + 2;
    const std::size_t slash = std::min(url.find_first_of("/?", authority), url.size());
    const std::string scheme = url.starts_with("//") ? (origin.tls ? "https:" : "http:") : "";
    const absl::StatusOr<Origin> other = Origin::Parse(scheme + std::string(url.substr(0, slash)));
    if (!other.ok() || other->tls != origin.tls || other->host != origin.host || other->port != origin.port) {
      return absl::FailedPreconditionError(fmt::format(
          "the next page is said to be at {}, another place than {}. It was not asked for, because the token would go "
          "along. Set --base-url to the registry's own address, or ask its operator.",
          other.ok() ? other->ToString() : "an address that cannot be read", origin.ToString()));
    }
    path = url.substr(slash);
  }
  // npm's own client takes a path as below its registry; RFC 3986 as below the host.
  const std::string& prefix = origin.path_prefix;
  if (!prefix.empty() && path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/')) {
    path.remove_prefix(prefix.size());
  }
  if (!path.starts_with('/')) {
    return absl::FailedPreconditionError("the address of the next page is not one of this registry");
  }
  return std::string(path);
}

std::string NextNumber(std::uint64_t now, std::uint64_t step) { return fmt::to_string(now + step); }

}  // namespace

absl::StatusOr<std::optional<std::string>> NextPage(const HttpRequest& asked, const HttpResponse& response,
                                                    const PageInfo& info, std::size_t rows, std::size_t rows_so_far,
                                                    const Origin& origin) {
  std::string url = NextLink(response.headers).value_or(info.next_url);
  if (url.empty() && (info.next.starts_with('/') || IsAbsolute(info.next))) url = info.next;
  if (!url.empty()) {
    ASSIGN_OR_RETURN(std::string target, Resolve(url, asked, origin));
    return target;
  }
  if (!info.next.empty()) return WithQuery(asked.target, "cursor", info.next);
  const std::optional<std::uint64_t> total = TotalOf(response, info);
  // `position`: of the page's first row.
  const auto is_more = [&](std::uint64_t position) {
    if (!total) return rows > 0;
    return rows_so_far < *total && (rows > 0 || position < *total);
  };
  if (info.page && info.per_page && *info.per_page > 0) {
    if (!is_more(*info.page * *info.per_page)) return std::nullopt;
    return WithQuery(WithQuery(asked.target, "page", NextNumber(*info.page, 1)), "perPage",
                     fmt::to_string(*info.per_page));
  }
  if (info.offset && info.limit && *info.limit > 0) {
    if (!is_more(*info.offset)) return std::nullopt;
    return WithQuery(WithQuery(asked.target, "offset", NextNumber(*info.offset, *info.limit)), "limit",
                     fmt::to_string(*info.limit));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> TotalOf(const HttpResponse& response, const PageInfo& info) {
  if (info.total) return info.total;
  const std::optional<std::string_view> header = FindHeader(response.headers, "X-Total-Count");
  std::uint64_t total = 0;
  if (!header || header->empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), total);
  if (error != std::errc() || end != header->data() + header->size()) return std::nullopt;
  return total;
}

}  // namespace connector
