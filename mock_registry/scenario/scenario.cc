#include "mock_registry/scenario/scenario.h"

#include <algorithm>

namespace mock_registry {

bool NumberSet::Contains(std::uint64_t number) const {
  if (!values.empty()) return std::find(values.begin(), values.end(), number) != values.end();
  return from <= number && number <= up_to;
}

const std::vector<std::string>& OperationNames() {
  static const auto& names = *new std::vector<std::string>{
      "ping",         "whoami",       "otp.done",    "org.members",  "org.members.set",  "org.members.remove",
      "org.teams",    "team.create",  "team.remove", "team.members", "team.members.add", "team.members.remove",
      "org.packages", "team.packages"};
  return names;
}

const std::vector<std::string>& WriteOperations() {
  static const auto& names = *new std::vector<std::string>{
      "org.members.set", "org.members.remove", "team.create", "team.remove", "team.members.add", "team.members.remove"};
  return names;
}

const std::vector<std::string>& EffectNames() {
  static const auto& names = *new std::vector<std::string>{
      "delay",       "status",      "reset",     "close",          "truncate",  "empty",
      "garbage",     "stall",       "dribble",   "malformedChunk", "badLength", "duplicateHeader",
      "giantHeader", "corruptGzip", "wrongType", "redirect",       "refuse",    "json"};
  return names;
}

const std::vector<std::string>& VariantsOf(Effect::Kind kind) {
  static const auto& variants = *new std::map<Effect::Kind, std::vector<std::string>>{
      {Effect::Kind::kCorruptGzip, {"crc", "cut", "extraMember", "bomb"}},
      {Effect::Kind::kRedirect, {"same-host", "foreign-host", "loop"}},
      {Effect::Kind::kJson, {"missingKey", "duplicateKey", "wrongRole", "deep", "bom", "utf8", "number", "trailing"}}};
  static const auto& none = *new std::vector<std::string>();
  const auto found = variants.find(kind);
  return found == variants.end() ? none : found->second;
}

const std::vector<std::pair<std::string, absl::StatusCode>>& StatusCodeNames() {
  static const auto& names = *new std::vector<std::pair<std::string, absl::StatusCode>>{
      {"cancelled", absl::StatusCode::kCancelled},
      {"unknown", absl::StatusCode::kUnknown},
      {"invalid-argument", absl::StatusCode::kInvalidArgument},
      {"deadline-exceeded", absl::StatusCode::kDeadlineExceeded},
      {"not-found", absl::StatusCode::kNotFound},
      {"already-exists", absl::StatusCode::kAlreadyExists},
      {"permission-denied", absl::StatusCode::kPermissionDenied},
      {"resource-exhausted", absl::StatusCode::kResourceExhausted},
      {"failed-precondition", absl::StatusCode::kFailedPrecondition},
      {"aborted", absl::StatusCode::kAborted},
      {"out-of-range", absl::StatusCode::kOutOfRange},
      {"unimplemented", absl::StatusCode::kUnimplemented},
      {"internal", absl::StatusCode::kInternal},
      {"unavailable", absl::StatusCode::kUnavailable},
      {"data-loss", absl::StatusCode::kDataLoss},
      {"unauthenticated", absl::StatusCode::kUnauthenticated},
  };
  return names;
}

std::string NameOf(absl::StatusCode code) {
  for (const auto& [name, known] : StatusCodeNames()) {
    if (known == code) return name;
  }
  return code == absl::StatusCode::kOk ? "ok" : "unknown";
}

bool MatchesGlob(std::string_view pattern, std::string_view text) {
  // Where to go back to: the latest '*' takes one byte more.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

bool MatchesAny(const Texts& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return MatchesGlob(p, text); });
}

}  // namespace mock_registry
