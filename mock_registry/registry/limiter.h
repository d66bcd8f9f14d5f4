// The limits of a scenario: token buckets on the registry's clock.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connector/core/instant.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

struct Rejection {
  std::string limit;
  absl::Duration retry_after;  // whole seconds, at least one
};

class Limiter {
 public:
  // `limits` outlive the limiter.
  explicit Limiter(const std::vector<Limit>& limits) : limits_(limits) {}

  // Takes one from each of the client's buckets, or says which one is empty and when to come again.
  std::optional<Rejection> Take(const std::string& client, connector::Instant now);

  std::uint64_t rejected(const std::string& limit) const;

 private:
  struct Bucket {
    double level = 0;
    connector::Instant filled_at;
  };

  const std::vector<Limit>& limits_;
  std::map<std::pair<std::string, std::string>, Bucket> buckets_;  // of limit and client
  std::map<std::string, std::uint64_t> rejected_;
};

}  // namespace mock_registry
