// Arbitrary text as the values that a registry sends: Retry-After, Link, the address of the next page, an escape.
#include <cstdint>
#include <cstdlib>

#include "connector/core/percent.h"
#include "connector/http/link.h"
#include "connector/http/retry_after.h"
#include "connector/npm/paging.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto require = [](bool holds) {
    if (!holds) std::abort();
  };
  if (const auto wait = connector::ParseRetryAfter(text, absl::FromUnixSeconds(1767225600))) {
    require(*wait >= absl::ZeroDuration());
  }
  require(connector::PercentDecode(connector::PercentEncode(text)) == text);
  static_cast<void>(connector::PercentDecode(text));

  static const connector::Origin origin{true, "npm.example.com", 443, "/api/npm"};
  connector::HttpRequest asked;
  asked.target = "/-/org/acme/team?format=cli";
  connector::HttpResponse response;
  response.headers = {{"Link", text}};
  connector::PageInfo by_url, by_cursor;
  by_url.next_url = text;
  by_cursor.next = text;
  for (const connector::PageInfo& info : {connector::PageInfo(), by_url, by_cursor}) {
    const auto next = connector::NextPage(asked, response, info, 1, 1, origin);
    if (next.ok() && next->has_value()) require((*next)->starts_with("/"));
    response.headers.clear();
  }
  return 0;
}
