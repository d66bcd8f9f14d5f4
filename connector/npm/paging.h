// Where the next page of a listing is. No dialect is known beforehand: each page is asked what it says.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "connector/core/status.h"
#include "connector/http/message.h"
#include "connector/http/origin.h"
#include "connector/npm/decode.h"

namespace connector {

// The target of the page after the one that `asked` brought, or nothing if that was the last. In this order: a Link
// header with rel="next", "urls.next", "next" (a URL, or a cursor that goes into ?cursor=), "page" and "perPage",
// "offset" and "limit". `rows` are on this page, `rows_so_far` on all pages with it.
// kFailedPrecondition if the next page is on another host: the token would go along.
absl::StatusOr<std::optional<std::string>> NextPage(const HttpRequest& asked, const HttpResponse& response,
                                                    const PageInfo& info, std::size_t rows, std::size_t rows_so_far,
                                                    const Origin& origin);

// The rows of the whole listing, if the page tells: "total", or a header X-Total-Count.
std::optional<std::uint64_t> TotalOf(const HttpResponse& response, const PageInfo& info);

}  // namespace connector
