// The limits of a scenario, on the registry's clock.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connector/core/instant.h"
#include "mock_registry/registry/reply.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// Whom and what a limit counts.
struct Demand {
  std::string client;   // the token's id
  std::string address;  // where from
  std::string operation;
};

class Limiter {
 public:
  // `limits` outlive the limiter. `start`: the wall clock at Instant 0.
  Limiter(const std::vector<Limit>& limits, absl::Time start)
      : limits_(limits), start_(start), rejected_(limits.size()) {}

  struct Rejection {
    const Limit* limit = nullptr;
    Reply reply;
  };
  // Takes the request's cost from each limit that counts it, or takes nothing and says which one has too little.
  std::optional<Rejection> Take(const Demand& demand, connector::Instant now);

  // The request that was taken is at work until then.
  void Working(const Demand& demand, connector::Instant until);

  // What every reply says of the limits.
  connector::Headers HeadersFor(const Demand& demand, connector::Instant now);

  std::uint64_t rejected(const std::string& limit) const;

 private:
  struct Account {
    double level = 0;                                                // of a bucket
    connector::Instant since;                                        // the level's time, or the window's start
    std::deque<std::pair<connector::Instant, std::uint64_t>> taken;  // in the window; or until when, what is at work
    std::uint64_t used = 0;
  };
  struct Standing {
    std::uint64_t remaining = 0;
    absl::Duration until_reset;
  };

  // Brings the account up to `now`.
  Account& AccountOf(const Limit& limit, const Demand& demand, connector::Instant now);
  static Standing StandingOf(const Limit& limit, const Account& account, connector::Instant now);
  // How long until `cost` will be there; zero if it is.
  static absl::Duration WaitFor(const Limit& limit, const Account& account, std::uint64_t cost, connector::Instant now);
  Reply Reject(const Limit& limit, absl::Duration wait, connector::Instant now) const;

  const std::vector<Limit>& limits_;
  const absl::Time start_;
  std::map<std::pair<std::string, std::string>, Account> accounts_;  // of limit and key
  std::vector<std::uint64_t> rejected_;
};

}  // namespace mock_registry
