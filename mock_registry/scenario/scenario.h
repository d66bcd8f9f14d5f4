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
#include "mock_registry/scenario/sequence.h"

namespace mock_registry {

struct OrgMember {
  std::string login;
  std::string role;  // developer, admin or owner
};
inline const std::string& NameOf(const OrgMember& member) { return member.login; }

// What somebody may do with a package.
struct PackageAccess {
  std::string name;    // of the package, with its scope: "@acme/web"
  std::string access;  // read-only or read-write
};
inline const std::string& NameOf(const PackageAccess& package) { return package.name; }

struct Team {
  std::string name;
  Sequence<std::string> members;          // logins, each a member of the organization
  Sequence<PackageAccess> packages = {};  // each a package of the organization
};
inline const std::string& NameOf(const Team& team) { return team.name; }

// Everything in the order of the file, which is the order it is served in: a client must not count on any.
struct Org {
  std::string name;
  Sequence<OrgMember> members;
  Sequence<Team> teams;
  Sequence<PackageAccess> packages = {};  // with the most that one of its teams may do
};

// When something of a token's ends; unset: never.
struct TokenEnd {
  std::optional<absl::Time> at;
  std::optional<absl::Duration> after;         // since the start
  std::optional<std::uint64_t> after_replies;  // to this token
};

// What a token is shown of organizations: all that its user may see, or less.
enum class View { kFull, kEmpty, kUserScope, k401, k403, k404 };

struct Token {
  std::string id;  // stands for the token in everything that people read
  std::string value;
  std::string user;
  std::vector<std::string> scopes = {"org:read", "org:write"};
  TokenEnd expires;
  TokenEnd revoked;
  View view = View::kFull;
  bool bypasses_2fa = false;
  bool refused_address = false;  // the token may not be used from where the client is
};

// What a request without a token gets: an error status, or listings with nobody in them.
enum class Anonymous { k401 = 401, k403 = 403, k404 = 404, kEmpty = 200 };

// Operations that want a one-time password beside the token.
struct Otp {
  std::vector<std::string> operations;
  std::string code = "123456";
  absl::Duration code_until = absl::InfiniteDuration();  // since the start
  bool in_header = true;                                 // the challenge is a www-authenticate header, or just text
  bool web = false;                                      // clients that can are sent to authUrl and doneUrl
  absl::Duration approved_after;                         // the challenge: what doneUrl waits for
  absl::Duration retry_after = absl::Seconds(1);         // of doneUrl
};

// What tokens that bypass two-factor authentication are refused.
struct Bypass {
  std::vector<std::string> operations;
  int status = 403;
};

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

// How an operation's listing is cut into pages.
struct Pagination {
  enum class Style { kNone, kPage, kOffset, kCursor, kLink, kUrls };
  enum class Last { kOmitNext, kNullNext, kEmptyPage, kRepeatLast };
  enum class Next { kOnward, kRepeats, kForeign };
  Style style = Style::kNone;
  std::uint64_t size = 100;      // rows of a page
  std::uint64_t max_size = 100;  // that a client may ask for
  bool snapshot = false;         // pages are those of the organization as it was at the first one
  Last last = Last::kOmitNext;
  Next next = Next::kOnward;
  std::uint64_t empty_page = 0;  // the number of a page without rows before the end; 0: none
  bool total = true;
  absl::Duration expires = absl::InfiniteDuration();  // of a cursor
};

// How much a client may ask for.
struct Limit {
  enum class Key { kToken, kAddress, kOperation, kAll };
  enum class Model { kBucket, kFixedWindow, kSlidingWindow, kConcurrent };
  enum class RetryAfter { kSeconds, kHttpDate, kAbsent, kZero, kNegative, kHuge };
  enum class Dialect { kNone, kRateLimit, kXRateLimit };
  enum class Reset { kSeconds, kEpochSeconds, kEpochMilliseconds, kHttpDate };

  std::string id;
  Key key = Key::kToken;  // each token, address or operation has its own
  Model model = Model::kBucket;
  std::uint64_t capacity = 0;                 // cost that the bucket holds, a window allows, or is at work at once
  double refill_per_second = 0;               // of a bucket
  absl::Duration every;                       // of a window
  std::map<std::string, std::uint64_t> cost;  // of an operation's request; 1 if absent
  int status = 429;
  RetryAfter retry_after = RetryAfter::kSeconds;
  bool html = false;                 // the body is a page, as from a content delivery network
  Dialect headers = Dialect::kNone;  // of every reply
  Reset reset = Reset::kSeconds;     // of those headers
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
  std::optional<Texts> cursor;
  std::optional<NumberSet> nth, attempt, request, page, connection;
  absl::Duration after;                              // since the start, inclusive
  absl::Duration before = absl::InfiniteDuration();  // exclusive
  std::map<std::string, Texts> header, query;
};

struct Effect {
  enum class Kind {
    kNone,
    kStatus,
    kReset,
    kClose,
    kTruncate,
    kEmpty,
    kGarbage,
    kStall,
    kDribble,
    kMalformedChunk,
    kBadLength,
    kDuplicateHeader,
    kGiantHeader,
    kCorruptGzip,
    kWrongType,
    kRedirect,
    kRefuse,
    kJson
  };
  Kind kind = Kind::kNone;
  absl::Duration delay;
  int status = 0;
  std::optional<std::string> body;
  connector::Headers headers;
  std::optional<absl::Duration> retry_after;
  std::uint64_t bytes = 0;           // of kReset, kClose, kTruncate, kGarbage, kStall, kDribble and kGiantHeader
  std::optional<double> fraction;    // of kTruncate, instead of bytes
  absl::Duration pause;              // of kStall and kDribble
  std::int64_t delta = 0;            // of kBadLength
  std::string variant;               // of kCorruptGzip, kRedirect and kJson; the type, of kWrongType; the header
  std::optional<std::string> value;  // of kDuplicateHeader; absent: the same twice
};

// As scenarios spell the effects, in the order of Effect::Kind; "delay" stands for kNone.
const std::vector<std::string>& EffectNames();
// The variants of an effect, or none.
const std::vector<std::string>& VariantsOf(Effect::Kind kind);

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
    kRevokeToken,
    kRotateToken,
    kChurn
  };
  Kind kind = Kind::kAddMember;
  std::string name = {};                  // the login, team or token id
  std::string role = {};                  // of kAddMember and kSetRole
  std::vector<std::string> members = {};  // of the team changes
  std::string value = {};                 // the new one, of kRotateToken
  std::uint64_t add = 0;                  // developers, of kChurn
  std::uint64_t remove = 0;
};

// Set is one of: a time, a request before whose answer the change happens, a reply after which it does: the nth to an
// operation, or the first of a page.
struct Moment {
  std::optional<absl::Duration> time;
  std::uint64_t request = 0;
  std::string sent_operation;
  std::uint64_t sent_nth = 0;
  std::uint64_t sent_page = 0;
  std::string sent_team;  // "" is any
};

struct Step {
  Moment at;
  absl::Duration every;  // after `at`, if it comes more than once
  std::uint64_t times = 1;
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
  Otp otp;
  Bypass bypass;
  std::map<std::string, Pagination> pagination;  // by operation; absent: none
  std::vector<Limit> limits;
  Distribution latency;
  bool gzip = false;  // documents, for clients that accept it
  std::uint64_t requests_per_connection = std::numeric_limits<std::uint64_t>::max();
  std::vector<Rule> faults;
  std::vector<Step> timeline;
  Expectations expect;
};

// The token of a scenario that names none.
inline constexpr const char* kDefaultToken = "npm_mockmockmockmockmockmockmockmockmock";

// Every operation id, without "*".
const std::vector<std::string>& OperationNames();
// Those of them that change something.
const std::vector<std::string>& WriteOperations();

// The canonical codes as scenarios spell them, "data-loss".
const std::vector<std::pair<std::string, absl::StatusCode>>& StatusCodeNames();
std::string NameOf(absl::StatusCode code);

// `*` is any text, `?` any byte.
bool MatchesGlob(std::string_view pattern, std::string_view text);
bool MatchesAny(const Texts& patterns, std::string_view text);

}  // namespace mock_registry
