#include "mock_registry/registry/pages.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "connector/core/percent.h"
#include "mock_registry/registry/documents.h"

namespace mock_registry {
namespace {

using connector::HttpResponse;
using connector::Instant;
using Style = Pagination::Style;
using Last = Pagination::Last;
using Next = Pagination::Next;

// Makes every cursor begin with "+/", which a client must encode.
constexpr std::string_view kCursorMark = "\xFB\xFF";

// The number in a query parameter; nothing if it is none, `absent` if it is not there.
std::optional<std::uint64_t> QueryNumber(const std::string& target, std::string_view name, std::uint64_t absent) {
  const std::string text = QueryValue(target, name);
  if (text.empty()) return absent;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
  if (error != std::errc() || end != text.data() + text.size() || number > kMost) return std::nullopt;
  return number;
}

struct Cursor {
  std::uint64_t page = 1;
  std::int64_t issued = 0;  // nanoseconds since the start
  std::string after;        // the name of the last row before the page
};

std::string Encode(const Cursor& cursor) {
  return absl::Base64Escape(fmt::format("{}{}|{}|{}", kCursorMark, cursor.page, cursor.issued, cursor.after));
}

std::optional<Cursor> Decode(const std::string& text) {
  std::string plain;
  if (!absl::Base64Unescape(text, &plain) || !plain.starts_with(kCursorMark)) return std::nullopt;
  Cursor cursor;
  const char* const end = plain.data() + plain.size();
  const auto page = std::from_chars(plain.data() + kCursorMark.size(), end, cursor.page);
  if (page.ec != std::errc() || page.ptr == end) return std::nullopt;
  const auto issued = std::from_chars(page.ptr + 1, end, cursor.issued);
  if (issued.ec != std::errc() || issued.ptr == end) return std::nullopt;
  cursor.after.assign(issued.ptr + 1, end);
  return cursor;
}

std::string Document(const Rows& rows, std::size_t begin, std::size_t end) {
  std::string text(1, rows.is_object ? '{' : '[');
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin) text += ',';
    const Row row = rows.rows[i];
    if (rows.is_object) {
      text += Quoted(row.name);
      text += ':';
      text += Quoted(row.value);
    } else {
      text += Quoted(rows.prefix + row.name);
    }
  }
  return text + (rows.is_object ? '}' : ']');
}

// The index of the first row with a name after `name`, or the number of rows.
std::size_t FirstAfter(const Sequence<Row>& sorted, const std::string& name) {
  std::size_t low = 0;
  for (std::size_t high = sorted.size(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (sorted[middle].name > name) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// `target` with these query parameters, and without others of a dialect.
std::string WithQuery(const std::string& target, const std::string& query) {
  std::string result = target.substr(0, target.find('?')) + "?";
  const std::string format = QueryValue(target, "format");
  if (!format.empty()) result += fmt::format("format={}&", connector::PercentEncode(format));
  return result + query;
}

}  // namespace

const Pagination* Pages::DialectOf(std::string_view operation) const {
  const auto found = dialects_.find(std::string(operation));
  return found == dialects_.end() || found->second.style == Style::kNone ? nullptr : &found->second;
}

std::uint64_t Pages::NumberOf(std::string_view operation, const std::string& target) const {
  const Pagination* dialect = DialectOf(operation);
  if (dialect == nullptr) return 1;
  if (dialect->style == Style::kCursor) return Decode(QueryValue(target, "cursor")).value_or(Cursor()).page;
  if (dialect->style == Style::kOffset) {
    const std::uint64_t size = QueryNumber(target, "limit", dialect->size).value_or(dialect->size);
    return QueryNumber(target, "offset", 0).value_or(0) / std::max<std::uint64_t>(size, 1) + 1;
  }
  return QueryNumber(target, "page", 0).value_or(0) + 1;
}

std::shared_ptr<const Listing> Pages::Prepare(std::string_view operation, Rows rows) const {
  if (DialectOf(operation) == nullptr) {
    return std::make_shared<Listing>(Listing{{}, Document(rows, 0, rows.rows.size())});
  }
  if (!std::is_sorted(rows.rows.begin(), rows.rows.end())) {
    std::vector<Row>& kept = rows.rows.Edit();
    std::sort(kept.begin(), kept.end());
  }
  return std::make_shared<Listing>(Listing{std::move(rows), ""});
}

Reply Pages::Answer(const connector::HttpRequest& request, const Route& route, const std::string& client,
                    const std::shared_ptr<const Listing>& listing, Instant now) {
  const Pagination* dialect = DialectOf(route.operation);
  if (dialect == nullptr) return {JsonText(200, listing->document)};
  const std::string& target = request.target;

  const bool per_page = dialect->style == Style::kPage || dialect->style == Style::kUrls;
  const auto asked = QueryNumber(target, per_page ? "perPage" : "limit", dialect->size);
  if (!asked || *asked == 0 || !QueryNumber(target, "page", 0) || !QueryNumber(target, "offset", 0)) {
    return {ErrorDocument(400, "page and size are numbers, and the size is above 0")};
  }
  const std::uint64_t size = std::min(*asked, dialect->max_size);
  const std::uint64_t page = NumberOf(route.operation, target);
  std::optional<Cursor> cursor;
  if (const std::string text = QueryValue(target, "cursor"); dialect->style == Style::kCursor && !text.empty()) {
    cursor = Decode(text);
    if (!cursor) return {ErrorDocument(400, "invalid cursor")};
    if (now.since_start() - absl::Nanoseconds(cursor->issued) >= dialect->expires) {
      return {ErrorDocument(410, "the cursor has expired")};
    }
  }

  Reply reply;
  std::shared_ptr<const Listing> shown = listing;
  if (dialect->snapshot) {
    // A client that begins in the middle sees what is there now.
    const auto snapshot = snapshots_.try_emplace(client + "\n" + target.substr(0, target.find('?')), listing).first;
    if (page == 1) snapshot->second = listing;
    shown = snapshot->second;
    reply.newest = page == 1;
  }

  const auto& all = shown->rows.rows;
  const bool is_empty = dialect->empty_page == page;
  std::size_t begin = 0;
  if (cursor) {
    begin = FirstAfter(all, cursor->after);
  } else {
    const bool after_empty = dialect->empty_page != 0 && page > dialect->empty_page;
    begin = static_cast<std::size_t>((page - 1 - (after_empty ? 1 : 0)) * size);
  }
  const bool beyond = page > 1 && begin >= all.size();
  if (beyond && dialect->last == Last::kRepeatLast && !all.empty()) begin = (all.size() - 1) / size * size;
  begin = std::min(begin, all.size());
  const std::size_t end = is_empty ? begin : std::min(begin + size, all.size());
  const bool is_last = end == all.size() && !is_empty;

  // Where the next page is, in the terms of the dialect.
  std::optional<std::string> next;
  const bool more = !is_last || dialect->last == Last::kRepeatLast || (dialect->last == Last::kEmptyPage && !beyond);
  if (more) {
    const bool repeats = dialect->next == Next::kRepeats && page > 1;
    const std::uint64_t next_page = repeats ? page : page + 1;
    if (dialect->style == Style::kCursor) {
      const std::string after = end == 0 ? (cursor ? cursor->after : "") : all[end - 1].name;
      next = repeats && cursor ? QueryValue(target, "cursor")
                               : Encode({next_page, absl::ToInt64Nanoseconds(now.since_start()), after});
    } else {
      const char* size_name = dialect->style == Style::kUrls ? "perPage" : "limit";
      next = WithQuery(target, fmt::format("page={}&{}={}", next_page - 1, size_name, size));
      if (dialect->next == Next::kForeign) next = fmt::format("{}{}", kForeignHost, *next);
    }
  }

  const std::string document = Document(shown->rows, begin, end);
  if (dialect->style == Style::kLink) {
    reply.response = JsonText(200, document);
    if (next) reply.response.headers.emplace_back("link", fmt::format("<{}>; rel=\"next\"", *next));
    if (dialect->total) reply.response.headers.emplace_back("x-total-count", fmt::to_string(all.size()));
    return reply;
  }
  std::string body = fmt::format("{{\"objects\":{}", document);
  if (dialect->total) body += fmt::format(",\"total\":{}", all.size());
  const std::string link = next ? Quoted(*next) : dialect->last == Last::kNullNext ? "null" : "";
  switch (dialect->style) {
    case Style::kPage:
      body += fmt::format(",\"page\":{},\"perPage\":{}", page - 1, size);
      break;
    case Style::kOffset:
      body += fmt::format(",\"offset\":{},\"limit\":{}", (page - 1) * size, size);
      break;
    case Style::kCursor:
      if (!link.empty()) body += fmt::format(",\"next\":{}", link);
      break;
    default:
      body += fmt::format(",\"urls\":{{{}}}", link.empty() ? "" : fmt::format("\"next\":{}", link));
  }
  reply.response = JsonText(200, body + "}");
  return reply;
}

}  // namespace mock_registry
