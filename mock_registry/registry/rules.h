// Which fault rule decides about a request, and which request came closest to a rule that never did.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connector/core/instant.h"
#include "mock_registry/registry/router.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// A request as rules see it.
struct RequestFacts {
  std::uint64_t number = 0;  // of all, from 1
  connector::Instant at;
  std::string operation;  // "" if none
  std::string org;
  std::string team;
  std::string token;             // its id, "" without or with an unknown one
  std::uint64_t nth = 0;         // of the operation
  std::uint64_t attempt = 0;     // at the resource
  std::uint64_t page = 1;        // of the listing, from 1
  std::uint64_t connection = 1;  // which request on its connection
  const connector::HttpRequest* request = nullptr;
  std::optional<Route> route;
};

struct Decision {
  const Rule* rule = nullptr;
  std::optional<double> draw;  // of `often.probability`
};

class RuleBook {
 public:
  // `rules` outlive the book.
  RuleBook(const std::vector<Rule>& rules, std::uint64_t seed);

  // The first rule that matches and fires. Counts it.
  Decision Decide(const RequestFacts& facts);

  std::uint64_t fired(const std::string& id) const;

  // A table of the criteria of the rule `id` beside the request that came closest without matching; "" if there is
  // none.
  std::string NearMiss(const std::string& id) const;

 private:
  struct State {
    std::uint64_t matched = 0;
    std::uint64_t fired = 0;
    std::size_t closest = 0;  // criteria that held, plus 1
    std::string near_miss;
  };

  const std::vector<Rule>& rules_;
  const std::uint64_t seed_;
  std::vector<State> states_;
};

}  // namespace mock_registry
