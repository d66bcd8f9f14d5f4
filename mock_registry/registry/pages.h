// A listing as a reply: one document, or cut into pages in one of the dialects of a scenario.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "connector/core/instant.h"
#include "mock_registry/registry/reply.h"
#include "mock_registry/registry/router.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

struct Row {
  std::string name;
  std::string value;  // of an object

  friend auto operator<=>(const Row&, const Row&) = default;
};
inline const std::string& NameOf(const Row& row) { return row.name; }

// What a listing holds: an object of names and values, or an array of names.
struct Rows {
  bool is_object = false;
  std::string prefix;  // before each name of an array, "acme:"
  Sequence<Row> rows;
};

// A listing as it was once, ready to be answered from many times.
struct Listing {
  Rows rows;             // in the order of the names; empty if there is a document
  std::string document;  // all of it, of a listing without pages
};

class Pages {
 public:
  // `dialects` outlive the pages.
  explicit Pages(const std::map<std::string, Pagination>& dialects) : dialects_(dialects) {}

  // What Answer() takes. Without pages, the document has the rows in the order given.
  std::shared_ptr<const Listing> Prepare(std::string_view operation, Rows rows) const;

  // The page of the listing that `request` asks for. 400 for a page that cannot be, 410 for a cursor that has expired.
  Reply Answer(const connector::HttpRequest& request, const Route& route, const std::string& client,
               const std::shared_ptr<const Listing>& listing, connector::Instant now);

  // Which page a request asks for, from 1.
  std::uint64_t NumberOf(std::string_view operation, const std::string& target) const;

 private:
  const Pagination* DialectOf(std::string_view operation) const;

  const std::map<std::string, Pagination>& dialects_;
  std::map<std::string, std::shared_ptr<const Listing>>
      snapshots_;  // of each client's listings, as they were at its last first page
};

}  // namespace mock_registry
