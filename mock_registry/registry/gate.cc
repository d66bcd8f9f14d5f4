#include "mock_registry/registry/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "mock_registry/registry/documents.h"
#include "mock_registry/registry/router.h"

namespace mock_registry {
namespace {

using connector::FindHeader;
using connector::HttpRequest;
using connector::Instant;

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;

std::optional<std::string> BearerToken(const HttpRequest& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::optional<std::string_view> header = FindHeader(request.headers, "authorization");
  if (!header || !header->starts_with(kScheme)) return std::nullopt;
  return std::string(header->substr(kScheme.size()));
}

bool Contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string HeaderOr(const HttpRequest& request, std::string_view name, std::string_view otherwise) {
  return std::string(FindHeader(request.headers, name).value_or(otherwise));
}

std::string WebCode(const std::string& auth_id) { return "otp-" + auth_id; }

}  // namespace

bool IsWrite(std::string_view operation) { return Contains(WriteOperations(), operation); }

Gate::Gate(const Scenario& scenario) : otp_(scenario.otp), bypass_(scenario.bypass), start_(scenario.clock.start) {
  for (const Token& token : scenario.tokens) tokens_.emplace(token.value, token);
}

Asker Gate::AskerOf(const HttpRequest& request) const {
  const std::optional<std::string> value = BearerToken(request);
  if (!value) return {"none"};
  const auto found = tokens_.find(*value);
  if (found == tokens_.end()) return {"unknown"};
  return {found->second.id, &found->second};
}

bool Gate::Ended(const TokenEnd& end, const Token& token, Instant now) const {
  const auto replies = replies_.find(token.id);
  return (end.at && start_ + now.since_start() >= *end.at) || (end.after && now.since_start() >= *end.after) ||
         (end.after_replies && replies != replies_.end() && replies->second >= *end.after_replies);
}

std::optional<Reply> Gate::Check(const Token& token, const HttpRequest& request, std::string_view operation,
                                 Instant now) {
  if (token.refused_address) {
    Reply reply = Refuse(ErrorDocument(kUnauthorized, "This token may not be used from this address"), "auth.address");
    reply.response.headers.emplace_back("www-authenticate", "ipaddress");
    return reply;
  }
  if (Ended(token.revoked, token, now)) return Refuse(ErrorDocument(kUnauthorized), "auth.revoked");
  if (Ended(token.expires, token, now)) return Refuse(ErrorDocument(kUnauthorized), "auth.expired");
  ++replies_[token.id];
  if (token.bypasses_2fa && Contains(bypass_.operations, operation)) {
    return Refuse(
        ErrorDocument(bypass_.status,
                      "npm tokens that bypass 2FA are not allowed to do this. Use two-factor authentication."),
        "auth.bypass2fa");
  }
  const char* scope = IsWrite(operation) ? "org:write" : "org:read";
  if (operation != "whoami" && !Contains(token.scopes, scope)) {
    return Refuse(ErrorDocument(kForbidden), "auth.scope");
  }
  return Contains(otp_.operations, operation) ? CheckOtp(request, now) : std::nullopt;
}

std::optional<Reply> Gate::CheckOtp(const HttpRequest& request, Instant now) {
  const auto challenge = [&](connector::HttpResponse response, const char* refusal) {
    if (otp_.in_header) response.headers.emplace_back("www-authenticate", "OTP");
    return Refuse(std::move(response), refusal);
  };
  if (const auto code = FindHeader(request.headers, "npm-otp"); code && !code->empty()) {
    const bool late = now.since_start() >= otp_.code_until;
    for (const auto& [id, issued] : web_challenges_) {
      if (*code == WebCode(id) && now - issued >= otp_.approved_after) return std::nullopt;
    }
    if (*code == otp_.code && !late) return std::nullopt;
    return challenge(ErrorDocument(kUnauthorized, "invalid OTP"), *code == otp_.code ? "otp.late" : "otp.wrong");
  }
  const bool by_web = otp_.web && HeaderOr(request, "npm-auth-type", "") == "web" &&
                      FindHeader(request.headers, "npm-command").has_value();
  if (!by_web) {
    return challenge(ErrorDocument(kUnauthorized,
                                   "You must provide a one-time pass. Upgrade your client to npm@latest in order to "
                                   "use 2FA."),
                     otp_.in_header ? "otp.header" : "otp.text");
  }
  const std::string id = fmt::format("challenge-{}", web_challenges_.size() + 1);
  web_challenges_.emplace(id, now);
  const std::string base = fmt::format("http://{}", HeaderOr(request, "host", "registry.test"));
  const std::string body =
      fmt::format(R"({{"authUrl":{},"doneUrl":{}}})", Quoted(fmt::format("{}/auth/cli/{}", base, id)),
                  Quoted(fmt::format("{}/-/v1/done?authId={}", base, id)));
  return challenge(JsonText(kUnauthorized, body), "otp.web");
}

Reply Gate::OtpDone(const HttpRequest& request, Instant now) const {
  const auto challenge = web_challenges_.find(QueryValue(request.target, "authId"));
  if (challenge == web_challenges_.end()) return {ErrorDocument(404, "No such challenge")};
  if (now - challenge->second < otp_.approved_after) {
    Reply reply{JsonText(202, "{}")};
    reply.response.headers.emplace_back("retry-after", fmt::to_string(absl::ToInt64Seconds(otp_.retry_after)));
    return reply;
  }
  return {JsonText(200, fmt::format(R"({{"token":{}}})", Quoted(WebCode(challenge->first))))};
}

void Gate::Revoke(const std::string& id) {
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second.id == id; });
}

void Gate::Rotate(const std::string& id, const std::string& value) {
  const auto found =
      std::find_if(tokens_.begin(), tokens_.end(), [&](const auto& entry) { return entry.second.id == id; });
  if (found == tokens_.end()) return;
  auto node = tokens_.extract(found);
  node.mapped().value = node.key() = value;
  tokens_.insert(std::move(node));
}

bool Gate::HasUser(const std::string& name) const {
  return std::any_of(tokens_.begin(), tokens_.end(), [&](const auto& entry) { return entry.second.user == name; });
}

}  // namespace mock_registry
