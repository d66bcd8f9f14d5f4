// How a client behaves towards a registry that has trouble, whatever the scenario is about.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mock_registry/registry/reply.h"
#include "mock_registry/registry/rules.h"

namespace mock_registry {

class ConductWatch {
 public:
  // `grace`: how long before the end of a pause a request may come, for clocks that are not one and the same.
  ConductWatch(const Conduct& rules, absl::Duration grace) : rules_(rules), grace_(grace) {}

  // Which attempt at its resource a request of `client` at `now` is. Before OnRequest. What comes before the reply to
  // the last one was sent is a further attempt: the client gave up waiting.
  std::uint64_t Attempt(const std::string& client, const std::string& target, connector::Instant now);

  void OnRequest(const RequestFacts& facts, const std::string& client);
  // `sent_at`: when the reply reaches the client.
  void OnReply(const RequestFacts& facts, const std::string& client, const Reply& reply, connector::Instant sent_at);

  struct Violation {
    std::string rule;  // "obeysRetryAfter"
    std::string what;
    std::uint64_t more = 0;  // of the same rule, after this one
  };
  const std::vector<Violation>& violations() const { return violations_; }

 private:
  // No request is to come between the reply and its end.
  struct Pause {
    connector::Instant from;
    connector::Instant until;
    std::uint64_t request = 0;
    int status = 0;
  };
  struct Resource {
    std::uint64_t attempts = 0;  // since the last success
    connector::Instant sent_at;  // the last reply
    int final_status = 0;        // of the last reply, if it was one that stays the same
    std::uint64_t last_request = 0;
    bool answered = false;  // the last reply was a success
    std::vector<Pause> pauses;
  };

  void ForgetPages(const std::string& client, const std::string& first);
  void CheckPauses(std::vector<Pause>& pauses, const RequestFacts& facts);
  void Violate(const char* rule, std::string what);

  const Conduct rules_;
  const absl::Duration grace_;
  std::map<std::string, Resource> resources_;                // by client and target
  std::map<std::string, std::vector<Pause>> client_pauses_;  // by client, after 429
  std::vector<Violation> violations_;
};

}  // namespace mock_registry
