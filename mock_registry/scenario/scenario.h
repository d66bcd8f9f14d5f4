// What one *.scenario.json says, with every default filled in. docs/scenarios.md has the language.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "connector/http/message.h"

namespace mock_registry {

struct OrgMember {
  std::string login;
  std::string role;  // developer, admin or owner
};

struct Team {
  std::string name;
  std::vector<std::string> members;  // logins, each a member of the organization
};

// Members and teams in the order of the file, which is the order they are served in: a client must not count on any.
struct Org {
  std::string name;
  std::vector<OrgMember> members;
  std::vector<Team> teams;
};

struct Token {
  std::string id;  // stands for the token in everything that people read
  std::string value;
  std::string user;
};

// What a request without a token gets: an error status, or listings with nobody in them.
enum class Anonymous { k401 = 401, k403 = 403, k404 = 404, kEmpty = 200 };

enum class ClockMode { kVirtual, kReal, kScaled };

struct Clock {
  ClockMode mode = ClockMode::kReal;
  absl::Time start = absl::FromUnixSeconds(1767225600);  // 2026-01-01T00:00:00Z
  double scale = 1;                                      // how many times as fast as the real clock
};

// Of the latency of each reply.
struct Distribution {
  enum class Kind { kFixed, kUniform, kLogNormal };
  Kind kind = Kind::kFixed;
  absl::Duration low;   // the value, the minimum or the median
  absl::Duration high;  // the maximum or the 99th percentile
};

// A token bucket of each token's own.
struct Limit {
  std::string id;
  std::uint64_t capacity = 0;  // requests
  double refill_per_second = 0;
};

struct NumberSet {
  std::vector<std::uint64_t> values;  // empty: the range
  std::uint64_t from = 1;
  std::uint64_t up_to = std::numeric_limits<std::uint64_t>::max();

  bool Contains(std::uint64_t number) const;
};

// One of these globs.
using Texts = std::vector<std::string>;

// What is absent is not asked for.
struct Criteria {
  std::optional<Texts> op, org, team, token;
  std::optional<NumberSet> nth, attempt, request;
  absl::Duration after;                              // since the start, inclusive
  absl::Duration before = absl::InfiniteDuration();  // exclusive
  std::map<std::string, Texts> header, query;
};

struct Effect {
  enum class Kind { kNone, kStatus, kReset, kTruncate, kEmpty, kGarbage };
  Kind kind = Kind::kNone;
  absl::Duration delay;
  int status = 0;
  std::optional<std::string> body;
  connector::Headers headers;
  std::optional<absl::Duration> retry_after;
  std::uint64_t bytes = 0;         // of kReset, kTruncate and kGarbage
  std::optional<double> fraction;  // of kTruncate, instead of bytes
};

struct Often {
  double probability = 1;
  std::uint64_t every = 1;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
};

struct Rule {
  std::string id;
  Criteria when;
  Effect then;
  Often often;
};

// A change of the first organization, or of a token.
struct Change {
  enum class Kind {
    kAddMember,
    kSetRole,
    kRemoveMember,
    kAddTeam,
    kRemoveTeam,
    kAddToTeam,
    kRemoveFromTeam,
    kRevokeToken
  };
  Kind kind = Kind::kAddMember;
  std::string name;                  // the login, team or token id
  std::string role;                  // of kAddMember and kSetRole
  std::vector<std::string> members;  // of the team changes
};

// Set is one of: a time, a request before whose answer the change happens, a reply after which it does.
struct Moment {
  std::optional<absl::Duration> time;
  std::uint64_t request = 0;
  std::string sent_operation;
  std::uint64_t sent_nth = 0;
};

struct Step {
  Moment at;
  Change change;
};

struct Range {
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
};

enum class Outcome { kOk, kError, kIncomplete };
enum class Snapshot { kExact, kStart, kEnd, kAnyConsistent };

struct Conduct {
  bool obeys_retry_after = true;
  bool never_repeats_cursor = true;
  bool no_auth_to_foreign_host = true;
  bool no_partial_publish = true;
  std::vector<std::uint64_t> retries_only = {408, 425, 429, 500, 502, 503, 504};
  std::uint64_t max_attempts = 10;
};

struct Expectations {
  Outcome outcome = Outcome::kOk;
  std::optional<absl::StatusCode> error_class;
  std::string error_message;  // a glob; "" is not asked for
  Snapshot snapshot = Snapshot::kExact;
  std::map<std::string, Range> counts;  // of members, teams, grants
  std::string digest;                   // "" is not asked for
  Range requests;
  std::map<std::string, Range> requests_per_op;
  std::uint64_t max_in_flight = std::numeric_limits<std::uint64_t>::max();
  absl::Duration min_time;
  absl::Duration max_time = absl::InfiniteDuration();
  std::map<std::string, Range> rules;  // of every rule and limit
  Conduct conduct;
};

struct Scenario {
  std::string file;
  std::string cell;  // of the matrix, "op=org.members"; "" without one
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  std::uint64_t seed = 1;
  Clock clock;
  std::vector<Org> orgs;
  std::vector<Token> tokens;
  Anonymous anonymous = Anonymous::k401;
  std::vector<Limit> limits;
  Distribution latency;
  std::vector<Rule> faults;
  std::vector<Step> timeline;
  Expectations expect;
};

// The token of a scenario that names none.
inline constexpr const char* kDefaultToken = "npm_mockmockmockmockmockmockmockmockmock";

// The canonical codes as scenarios spell them, "data-loss".
const std::vector<std::pair<std::string, absl::StatusCode>>& StatusCodeNames();
std::string NameOf(absl::StatusCode code);

// `*` is any text, `?` any byte.
bool MatchesGlob(std::string_view pattern, std::string_view text);
bool MatchesAny(const Texts& patterns, std::string_view text);

}  // namespace mock_registry
