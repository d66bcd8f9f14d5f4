#include "mock_registry/scenario/pagination_reader.h"

#include <algorithm>
#include <string>
#include <vector>

#include "mock_registry/scenario/words.h"

namespace mock_registry {
namespace {

using Style = Pagination::Style;

// The operations whose answers are lists.
const std::vector<std::string> kListings = {"org.members", "org.teams", "team.members", "org.packages",
                                            "team.packages"};

Pagination ReadDialect(const JsonNode& node, const std::string& path, Problems& problems) {
  Pagination dialect;
  ObjectReader reader(node, path, problems);
  reader.Require("style");
  if (const auto style = reader.Choice("style", words::kStyles)) {
    dialect.style = static_cast<Style>(*style);
  }
  dialect.size = reader.CountOr("size", dialect.size, 1);
  dialect.max_size = std::max(dialect.max_size, dialect.size);
  dialect.max_size = reader.CountOr("maxSize", dialect.max_size, 1);
  if (dialect.max_size < dialect.size) {
    problems.Add(reader.Find("maxSize")->position, reader.PathOf("maxSize"),
                 fmt::format("{} is below the size of a page, {}", dialect.max_size, dialect.size));
  }
  dialect.snapshot = reader.Choice("stability", {"live", "snapshot"}) == 1u;
  if (const auto last = reader.Choice("last", words::kLast)) {
    dialect.last = static_cast<Pagination::Last>(*last);
  }
  if (const auto next = reader.Choice("next", words::kNext)) {
    dialect.next = static_cast<Pagination::Next>(*next);
    if (dialect.next == Pagination::Next::kForeign && dialect.style != Style::kLink && dialect.style != Style::kUrls) {
      problems.Add(reader.Find("next")->position, reader.PathOf("next"),
                   "only the styles \"link\" and \"urls\" say where the next page is");
    }
    if (dialect.next == Pagination::Next::kRepeats &&
        (dialect.style == Style::kPage || dialect.style == Style::kOffset)) {
      problems.Add(reader.Find("next")->position, reader.PathOf("next"),
                   "with the styles \"page\" and \"offset\" the client counts by itself");
    }
  }
  dialect.empty_page = reader.CountOr("emptyPage", 0, 2);
  dialect.total = reader.FlagOr("total", dialect.total);
  if (const auto expires = reader.Duration("expires")) {
    dialect.expires = *expires;
    if (dialect.style != Style::kCursor) {
      problems.Add(reader.Find("expires")->position, reader.PathOf("expires"), "only cursors expire");
    }
  }
  return dialect;
}

}  // namespace

void ReadPagination(const JsonNode& node, Scenario& scenario, Problems& problems) {
  ObjectReader reader(node, "pagination", problems);
  if (const JsonNode* node_of_all = reader.Find("default")) {
    const Pagination dialect = ReadDialect(*node_of_all, reader.PathOf("default"), problems);
    for (const std::string& operation : kListings) scenario.pagination[operation] = dialect;
  }
  for (const std::string& operation : kListings) {
    if (const JsonNode* dialect = reader.Find(operation)) {
      scenario.pagination[operation] = ReadDialect(*dialect, reader.PathOf(operation), problems);
    }
  }
}

}  // namespace mock_registry
