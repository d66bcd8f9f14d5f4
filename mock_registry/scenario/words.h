// The words of the scenario language, each list in the order of its enum in scenario.h.
#pragma once

#include <string>
#include <vector>

namespace mock_registry::words {

using Words = std::vector<std::string>;

inline const Words kRoles = {"developer", "admin", "owner"};
inline const Words kAccesses = {"read-only", "read-write"};                                       // from the least on
inline const Words kStyles = {"none", "page", "offset", "cursor", "link", "urls"};                // Pagination::Style
inline const Words kLast = {"omit-next", "null-next", "empty-page", "repeat-last"};               // Pagination::Last
inline const Words kNext = {"onward", "repeats", "foreign"};                                      // Pagination::Next
inline const Words kLimitKeys = {"token", "address", "operation", "all"};                         // Limit::Key
inline const Words kRetryAfter = {"seconds", "http-date", "absent", "zero", "negative", "huge"};  // Limit::RetryAfter
inline const Words kLimitHeaders = {"ratelimit", "x-ratelimit"};                     // Limit::Dialect, without kNone
inline const Words kResets = {"seconds", "epoch-seconds", "epoch-ms", "http-date"};  // Limit::Reset
inline const Words kChanges = {"addMember", "setRole",        "removeMember", "addTeam",     "removeTeam",
                               "addToTeam", "removeFromTeam", "revokeToken",  "rotateToken", "churn"};  // Change::Kind

}  // namespace mock_registry::words
