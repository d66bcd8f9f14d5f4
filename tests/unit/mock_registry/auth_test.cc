// Who may do what, and what a write changes.
#include <gmock/gmock.h>

#include "mock_registry/registry/registry.h"
#include "mock_registry/scenario/loader.h"

namespace mock_registry {
namespace {

using connector::FindHeader;
using connector::Headers;
using connector::HttpRequest;
using connector::HttpResponse;
using connector::Instant;
using ::testing::HasSubstr;
using ::testing::Optional;

class AuthTest : public ::testing::Test {
 protected:
  void Start(const std::string& auth) {
    scenario_ = ParseScenario(R"({ "version": 1, "auth": )" + auth + "}", "auth.json");
    ASSERT_TRUE(scenario_.ok()) << scenario_.status();
    registry_.emplace(*scenario_);
  }

  HttpResponse Ask(const std::string& method, const std::string& target, const std::string& body = "",
                   const Headers& headers = {}, absl::Duration at = {}) {
    HttpRequest request{method, target, headers, body};
    request.headers.emplace_back("authorization", "Bearer good");
    return registry_->Handle(request, Instant(at)).response;
  }
  int Members(absl::Duration at = {}) { return Ask("GET", "/-/org/acme/user", "", {}, at).status; }

  absl::StatusOr<Scenario> scenario_;
  std::optional<Registry> registry_;
};

TEST_F(AuthTest, TokensEnd) {
  Start(R"({ "tokens": [ { "value": "good", "expires": { "after": "10s" } } ] })");
  EXPECT_EQ(Members(absl::Seconds(9)), 200);
  EXPECT_EQ(Members(absl::Seconds(10)), 401);
  Start(R"({ "tokens": [ { "value": "good", "expires": { "at": "2026-01-01T00:01:00Z" } } ] })");
  EXPECT_EQ(Members(absl::Seconds(59)), 200);
  EXPECT_EQ(Members(absl::Seconds(60)), 401);
  Start(R"({ "tokens": [ { "value": "good", "revoke": { "after": { "replies": 2 } } } ] })");
  EXPECT_EQ(Members(), 200);
  EXPECT_EQ(Members(), 200);
  EXPECT_EQ(Members(), 401);
  EXPECT_EQ(Members(), 401);
}

TEST_F(AuthTest, ScopesAndAddresses) {
  Start(R"({ "tokens": [ { "value": "good", "scopes": ["org:read"] } ] })");
  EXPECT_EQ(Members(), 200);
  EXPECT_EQ(Ask("PUT", "/-/org/acme/user", R"({"user":"dave"})").status, 403);
  Start(R"({ "tokens": [ { "value": "good", "scopes": ["org:write"] } ] })");
  EXPECT_EQ(Members(), 403);
  EXPECT_EQ(Ask("GET", "/-/whoami").status, 200);
  Start(R"({ "tokens": [ { "value": "good", "refusedAddress": true } ] })");
  EXPECT_THAT(FindHeader(Ask("GET", "/-/org/acme/user").headers, "www-authenticate"),
              Optional(std::string("ipaddress")));
}

TEST_F(AuthTest, WritesChangeWhatIsRead) {
  Start(R"({ "tokens": [ { "value": "good" } ] })");
  EXPECT_EQ(Ask("PUT", "/-/org/acme/user", R"({"user":"@dave","role":"admin"})").body,
            R"({"org":{"name":"acme","size":4},"user":"dave","role":"admin"})");
  EXPECT_THAT(Ask("GET", "/-/org/acme/user").body, HasSubstr(R"("dave":"admin")"));
  EXPECT_EQ(Ask("PUT", "/-/org/acme/user", R"({"user":"dave"})").status, 201);
  EXPECT_THAT(Ask("GET", "/-/org/acme/user").body, HasSubstr(R"("dave":"developer")"));
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", R"({"name":"ops"})").body, R"({"name":"ops"})");
  EXPECT_EQ(Ask("PUT", "/-/team/acme/ops/user", R"({"user":"dave"})").status, 201);
  EXPECT_EQ(Ask("GET", "/-/team/acme/ops/user").body, R"(["dave"])");
  EXPECT_EQ(Ask("DELETE", "/-/team/acme/ops/user", R"({"user":"dave"})").status, 204);
  EXPECT_EQ(Ask("GET", "/-/team/acme/ops/user").body, "[]");
  EXPECT_EQ(Ask("DELETE", "/-/team/acme/ops").status, 204);
  EXPECT_EQ(Ask("GET", "/-/org/acme/team").body, R"(["acme:developers"])");
  EXPECT_EQ(Ask("DELETE", "/-/org/acme/user", R"({"user":"bob"})").status, 204);
  EXPECT_EQ(Ask("GET", "/-/team/acme/developers/user").body, R"(["alice","carol"])");
}

TEST_F(AuthTest, WritesThatCannotBe) {
  Start(R"({ "tokens": [ { "value": "good" } ] })");
  EXPECT_EQ(Ask("PUT", "/-/org/acme/user", "").status, 400);
  EXPECT_EQ(Ask("PUT", "/-/org/acme/user", R"({"user":"bob","role":"king"})").status, 400);
  EXPECT_EQ(Ask("PUT", "/-/org/acme/user", R"({"user":"alice","role":"admin"})").status, 403);
  EXPECT_EQ(Ask("DELETE", "/-/org/acme/user", R"({"user":"alice"})").status, 403);
  EXPECT_EQ(Ask("DELETE", "/-/org/acme/user", R"({"user":"nobody"})").status, 404);
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", R"({"name":"developers"})").status, 409);
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", R"({"name":7})").status, 400);
  EXPECT_EQ(Ask("DELETE", "/-/team/acme/developers").status, 403);
  EXPECT_EQ(Ask("PUT", "/-/team/acme/developers/user", R"({"user":"nobody"})").status, 404);
  EXPECT_EQ(Ask("PUT", "/-/team/acme/none/user", R"({"user":"bob"})").status, 404);
  EXPECT_EQ(Ask("PUT", "/-/org/none/team", R"({"name":"x"})").status, 404);
}

TEST_F(AuthTest, AdminsChangeTeamsAndDevelopersNothing) {
  Start(R"({ "tokens": [ { "value": "good", "user": "bob" } ] })");
  EXPECT_EQ(Ask("PUT", "/-/org/acme/user", R"({"user":"dave"})").status, 403);
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", R"({"name":"ops"})").status, 201);
  Start(R"({ "tokens": [ { "value": "good", "user": "carol" } ] })");
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", R"({"name":"ops"})").status, 403);
}

TEST_F(AuthTest, BypassingTokensMayOnlyRead) {
  Start(R"({ "tokens": [ { "value": "good", "bypass2fa": true } ], "bypass2fa": { "status": "401" } })");
  EXPECT_EQ(Members(), 200);
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", R"({"name":"ops"})").status, 401);
}

constexpr const char* kTeam = R"({"name":"ops"})";

TEST_F(AuthTest, OneTimePasswords) {
  Start(R"({ "tokens": [ { "value": "good" } ], "otp": { "code": "654321", "codeUntil": "30s" } })");
  const auto put = [&](const Headers& headers, absl::Duration at = {}) {
    return Ask("PUT", "/-/org/acme/team", kTeam, headers, at);
  };
  const HttpResponse challenge = put({});
  EXPECT_EQ(challenge.status, 401);
  EXPECT_THAT(FindHeader(challenge.headers, "www-authenticate"), Optional(std::string("OTP")));
  EXPECT_THAT(challenge.body, HasSubstr("one-time pass"));
  EXPECT_THAT(put({{"npm-otp", "111111"}}).body, HasSubstr("invalid OTP"));
  EXPECT_EQ(put({{"npm-otp", "654321"}}, absl::Seconds(30)).status, 401);
  EXPECT_EQ(put({{"npm-otp", "654321"}}, absl::Seconds(29)).status, 201);
  Start(R"({ "tokens": [ { "value": "good" } ], "otp": { "dialect": "text" } })");
  EXPECT_EQ(FindHeader(put({}).headers, "www-authenticate"), std::nullopt);
  EXPECT_THAT(put({}).body, HasSubstr("one-time pass"));
}

TEST_F(AuthTest, TheWebFlow) {
  Start(R"({ "tokens": [ { "value": "good" } ], "otp": { "web": { "approvedAfter": "20s", "retryAfter": "5s" } } })");
  const Headers web = {{"npm-auth-type", "web"}, {"npm-command", "team"}, {"host", "127.0.0.1:4873"}};
  EXPECT_THAT(Ask("PUT", "/-/org/acme/team", kTeam).body, HasSubstr("one-time pass"));  // a client that knows no web
  const HttpResponse challenge = Ask("PUT", "/-/org/acme/team", kTeam, web);
  EXPECT_EQ(challenge.body, R"({"authUrl":"http://127.0.0.1:4873/auth/cli/challenge-1",)"
                            R"("doneUrl":"http://127.0.0.1:4873/-/v1/done?authId=challenge-1"})");
  const std::string done = "/-/v1/done?authId=challenge-1";
  const HttpResponse waiting = Ask("GET", done, "", {}, absl::Seconds(19));
  EXPECT_EQ(waiting.status, 202);
  EXPECT_THAT(FindHeader(waiting.headers, "retry-after"), Optional(std::string("5")));
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", kTeam, {{"npm-otp", "otp-challenge-1"}}, absl::Seconds(19)).status, 401);
  EXPECT_EQ(Ask("GET", done, "", {}, absl::Seconds(20)).body, R"({"token":"otp-challenge-1"})");
  EXPECT_EQ(Ask("PUT", "/-/org/acme/team", kTeam, {{"npm-otp", "otp-challenge-1"}}, absl::Seconds(20)).status, 201);
  EXPECT_EQ(Ask("GET", "/-/v1/done?authId=other").status, 404);
}

TEST_F(AuthTest, RotationAndRevocation) {
  Start(R"({ "tokens": [ { "id": "t", "value": "old" } ] })");
  EXPECT_EQ(Members(), 401);
  Change rotate;
  rotate.kind = Change::Kind::kRotateToken;
  rotate.name = "t";
  rotate.value = "good";
  registry_->Change(rotate);
  EXPECT_EQ(Members(), 200);
  rotate.kind = Change::Kind::kRevokeToken;
  registry_->Change(rotate);
  EXPECT_EQ(Members(), 401);
}

}  // namespace
}  // namespace mock_registry
