#include "mock_registry/scenario/auth_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace mock_registry {
namespace {

// "at", or "after" a time or a number of replies.
TokenEnd ReadEnd(const JsonNode& node, const std::string& path, Problems& problems) {
  TokenEnd end;
  ObjectReader reader(node, path, problems);
  const auto kind = reader.OneOf({"at", "after"});
  if (kind == 0u) {
    end.at = ReadTime(*reader.Find("at"), reader.PathOf("at"), problems);
  } else if (kind == 1u) {
    const JsonNode& after = *reader.Find("after");
    if (after.kind == JsonNode::Kind::kObject) {
      ObjectReader inner(after, reader.PathOf("after"), problems);
      inner.Require("replies");
      end.after_replies = inner.CountOr("replies", 0);
    } else {
      end.after = reader.Duration("after");
    }
  }
  return end;
}

Token ReadToken(const JsonNode& node, std::size_t index, const std::string& path, const std::vector<Org>& orgs,
                Problems& problems) {
  ObjectReader reader(node, path, problems);
  Token token;
  token.id = reader.String("id").value_or(fmt::format("token-{}", index + 1));
  if (const JsonNode* value = reader.Require("value"))
    token.value = ReadString(*value, reader.PathOf("value"), problems);
  token.user = reader.String("user").value_or(DefaultUser(orgs));
  if (const JsonNode* scopes = reader.Find("scopes")) {
    token.scopes = reader.Strings("scopes");
    const std::vector<std::string> known = {"org:read", "org:write"};
    for (const std::string& scope : token.scopes) {
      problems.CheckKnown(scopes->position, reader.PathOf("scopes"), "scope", scope, known);
    }
  }
  if (const JsonNode* end = reader.Find("expires")) token.expires = ReadEnd(*end, reader.PathOf("expires"), problems);
  if (const JsonNode* end = reader.Find("revoke")) token.revoked = ReadEnd(*end, reader.PathOf("revoke"), problems);
  if (const auto view = reader.Choice("sees", {"all", "nobody", "user-scope", "401", "403", "404"})) {
    token.view = static_cast<View>(*view);
  }
  token.bypasses_2fa = reader.FlagOr("bypass2fa", false);
  token.refused_address = reader.FlagOr("refusedAddress", false);
  return token;
}

std::vector<std::string> ReadOperations(ObjectReader& reader, const std::vector<std::string>& otherwise) {
  const JsonNode* node = reader.Find("operations");
  if (node == nullptr) return otherwise;
  std::vector<std::string> operations = ReadTexts(*node, reader.PathOf("operations"), reader.problems());
  for (const std::string& operation : operations) {
    reader.problems().CheckKnown(node->position, reader.PathOf("operations"), "operation", operation, OperationNames());
  }
  return operations;
}

Otp ReadOtp(const JsonNode& node, const std::string& path, Problems& problems) {
  Otp otp;
  ObjectReader reader(node, path, problems);
  otp.operations = ReadOperations(reader, WriteOperations());
  otp.code = reader.String("code").value_or(otp.code);
  otp.code_until = reader.Duration("codeUntil").value_or(otp.code_until);
  otp.in_header = reader.Choice("dialect", {"www-authenticate", "text"}) != 1u;
  if (const JsonNode* web = reader.Find("web")) {
    otp.web = true;
    ObjectReader inner(*web, reader.PathOf("web"), problems);
    otp.approved_after = inner.Duration("approvedAfter").value_or(absl::ZeroDuration());
    otp.retry_after = inner.Duration("retryAfter").value_or(otp.retry_after);
  }
  return otp;
}

}  // namespace

std::string DefaultUser(const std::vector<Org>& orgs) {
  if (orgs.empty() || orgs.front().members.empty()) return "nobody";
  const Sequence<OrgMember>& members = orgs.front().members;
  for (const OrgMember& member : members) {
    if (member.role == "owner") return member.login;
  }
  return members[0].login;
}

void ReadAuth(const JsonNode& node, Scenario& scenario, Problems& problems) {
  ObjectReader reader(node, "auth", problems);
  if (reader.Find("tokens") != nullptr) scenario.tokens.clear();
  reader.ForEachItem("tokens", [&](const JsonNode& token, const std::string& token_path) {
    scenario.tokens.push_back(ReadToken(token, scenario.tokens.size(), token_path, scenario.orgs, problems));
  });
  constexpr Anonymous kAnonymous[] = {Anonymous::k401, Anonymous::k403, Anonymous::k404, Anonymous::kEmpty};
  if (const auto choice = reader.Choice("anonymous", {"401", "403", "404", "empty"})) {
    scenario.anonymous = kAnonymous[*choice];
  }
  if (const JsonNode* otp = reader.Find("otp")) scenario.otp = ReadOtp(*otp, reader.PathOf("otp"), problems);
  if (const JsonNode* bypass = reader.Find("bypass2fa")) {
    ObjectReader inner(*bypass, reader.PathOf("bypass2fa"), problems);
    scenario.bypass.operations = ReadOperations(inner, WriteOperations());
    scenario.bypass.status = inner.Choice("status", {"401", "403"}) == 0u ? 401 : 403;
  }
}

}  // namespace mock_registry
