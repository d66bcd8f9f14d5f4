#include <gtest/gtest.h>

#include "connector/npm/decode.h"
#include "connector/npm/endpoints.h"
#include "connector/npm/errors.h"
#include "connector/npm/names.h"
#include "tests/testing/status_matchers.h"

namespace connector {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_util::IsOk;
using testing_util::IsOkAndHolds;
using testing_util::StatusIs;

// The rows of a document.
template <typename Row>
absl::StatusOr<std::vector<Row>> Rows(absl::StatusOr<Page<Row>> page) {
  if (!page.ok()) return page.status();
  return std::move(page->rows);
}

OrgName Acme() { return *OrgName::Parse("acme"); }

TEST(OrgNameTest, StripsOneAt) {
  EXPECT_EQ(OrgName::Parse("@acme")->value(), "acme");
  EXPECT_EQ(OrgName::Parse("Old.Name_1-~")->value(), "Old.Name_1-~");
}

TEST(OrgNameTest, RefusesWhatNpmCannotName) {
  for (const std::string& name : {std::string(""), std::string("@"), std::string("@@acme"), std::string("a/b"),
                                  std::string("a b"), std::string("a:b"), std::string(".a"), std::string("a%2f"),
                                  std::string("a\r\nb"), std::string("\xC3\xA9"), std::string(215, 'a')}) {
    EXPECT_THAT(OrgName::Parse(name), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("organization name")))
        << name;
  }
}

TEST(TokenTest, TrimsAndNeverRepeatsTheToken) {
  EXPECT_EQ(ParseToken(" npm_abc\r\n")->Reveal(), "npm_abc");
  for (const char* token : {"", " \n", "npm_CANARY x", "npm_CANARY\nx", "npm_CANARY\x01", "npm_CANARY\xC3\xA9"}) {
    EXPECT_THAT(ParseToken(token), StatusIs(absl::StatusCode::kInvalidArgument,
                                            AllOf(HasSubstr("access token"), Not(HasSubstr("CANARY")))));
  }
}

TEST(EndpointsTest, PathsAreThoseOfTheNpmCommandLine) {
  EXPECT_EQ(MembersRequest(Acme()).target, "/-/org/acme/user");
  EXPECT_EQ(TeamsRequest(Acme()).target, "/-/org/acme/team?format=cli");
  EXPECT_EQ(TeamMembersRequest(Acme(), "a:b /\xC3\xA9").target, "/-/team/acme/a%3Ab%20%2F%C3%A9/user?format=cli");
}

TEST(DecodeMembersTest, SortsByName) {
  EXPECT_THAT(Rows(DecodeMembers(R"({"bob":"admin","Al":"owner","alice":"developer"})", {})),
              IsOkAndHolds(ElementsAre(Member{"Al", Role::kOwner}, Member{"alice", Role::kDeveloper},
                                       Member{"bob", Role::kAdmin})));
  EXPECT_THAT(Rows(DecodeMembers(" {} ", {})), IsOkAndHolds(ElementsAre()));
  EXPECT_THAT(Rows(DecodeMembers(R"({"__proto__":"owner","zo\u00eb":"admin"})", {})),
              IsOkAndHolds(ElementsAre(Member{"__proto__", Role::kOwner}, Member{"zo\xC3\xAB", Role::kAdmin})));
}

struct Unreadable {
  const char* json;
  const char* seen;
};

TEST(DecodeMembersTest, RefusesEverythingElse) {
  const Unreadable cases[] = {
      {"", "empty"},
      {"null", "found null"},
      {"[]", "found an array"},
      {"\"x\"", "found a string"},
      {"{\"a\":\"owner\"", "not valid JSON"},
      {"{\"a\":\"own", "not valid JSON"},
      {"{\"a\":\"owner\"}x", "not valid JSON"},
      {"{\"a\":\"owner\"}{}", "not valid JSON"},
      {"{\"a\":\"owner\",\"a\":\"developer\"}", "names \"a\" twice"},
      {"{\"a\":\"owner\",\"\\u0061\":\"owner\"}", "names \"a\" twice"},
      {"{\"a\":\"root\"}", "role \"root\""},
      {"{\"a\":1}", "found a number"},
      {"{\"a\":null}", "found null"},
      {"{\"a\":{\"b\":\"owner\"}}", "an object inside"},
      {"{\"objects\":[],\"total\":0}", "found an array"},
      {"{\"\":\"owner\"}", "name is empty"},
      {"{\"a\\u0000b\":\"owner\"}", "control character"},
      {"{\"a\xFF\":\"owner\"}", "not valid JSON"},
      {"<html>", "HTML"},
  };
  for (const Unreadable& c : cases) {
    EXPECT_THAT(DecodeMembers(c.json, {}), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(c.seen))) << c.json;
  }
}

TEST(DecodeMembersTest, KeepsItsLimits) {
  DecodeLimits limits;
  limits.entries = 2;
  limits.name_bytes = 3;
  EXPECT_THAT(DecodeMembers(R"({"a":"owner","b":"owner","c":"owner"})", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("more than 2 entries")));
  EXPECT_THAT(DecodeMembers(R"({"abcd":"owner"})", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("4 bytes")));
}

TEST(DecodeTeamsTest, StripsTheScope) {
  EXPECT_THAT(Rows(DecodeTeams(R"(["acme:ops","@acme:developers","acme:a:b"])", Acme(), {})),
              IsOkAndHolds(ElementsAre("a:b", "developers", "ops")));
}

TEST(DecodeTeamsTest, RefusesEverythingElse) {
  const Unreadable cases[] = {
      {R"(["ops"])", "not of the form"},    {R"(["acme:"])", "not of the form"},
      {R"(["other:ops"])", "belongs to"},   {R"(["acme:ops","@acme:ops"])", "names \"ops\" twice"},
      {R"([{"name":"ops"}])", "an object"}, {R"([["acme:ops"]])", "an array inside"},
      {R"({"acme:ops":"x"})", "an object"}, {R"(["acme:ops",1])", "a number"},
      {R"(["acme:ops")", "not valid JSON"}, {R"(["acme:ops"],)", "not valid JSON"},
  };
  for (const Unreadable& c : cases) {
    EXPECT_THAT(DecodeTeams(c.json, Acme(), {}), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(c.seen))) << c.json;
  }
}

TEST(DecodeTeamMembersTest, SortsAndRefusesTwins) {
  EXPECT_THAT(Rows(DecodeTeamMembers(R"(["bob","alice"])", {})), IsOkAndHolds(ElementsAre("alice", "bob")));
  EXPECT_THAT(Rows(DecodeTeamMembers("[]", {})), IsOkAndHolds(ElementsAre()));
  EXPECT_THAT(DecodeTeamMembers(R"(["a","a"])", {}), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("twice")));
}

HttpResponse Response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(ErrorsTest, EachStatusSaysWhatToDo) {
  struct Case {
    int status;
    absl::StatusCode code;
    const char* advice;
  };
  const Case cases[] = {
      {400, absl::StatusCode::kInvalidArgument, "--base-url"},
      {401, absl::StatusCode::kUnauthenticated, "BATON_ACCESS_TOKEN"},
      {403, absl::StatusCode::kPermissionDenied, "read access"},
      {404, absl::StatusCode::kNotFound, "--organization"},
      {302, absl::StatusCode::kFailedPrecondition, "--base-url"},
      {429, absl::StatusCode::kUnavailable, "limits"},
      {503, absl::StatusCode::kUnavailable, "later"},
      {418, absl::StatusCode::kInvalidArgument, "npm registry"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(StatusFromResponse("x", Response(c.status, "")), StatusIs(c.code, HasSubstr(c.advice))) << c.status;
  }
}

TEST(ErrorsTest, A401SaysWhatElseIsWanted) {
  HttpResponse address = Response(401, "{}");
  address.headers = {{"WWW-Authenticate", "ipaddress"}};
  EXPECT_THAT(StatusFromResponse("x", address),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("this machine's address")));
  HttpResponse otp = Response(401, "{}");
  otp.headers = {{"www-authenticate", "Basic, OTP"}};
  const auto wants = StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("wants a one-time password, which"));
  EXPECT_THAT(StatusFromResponse("x", otp), wants);
  EXPECT_THAT(StatusFromResponse("x", Response(401, R"({"error":"You must provide a one-time pass."})")), wants);
  EXPECT_THAT(StatusFromResponse("x", Response(401, R"({"authUrl":"https://a","doneUrl":"https://b"})")), wants);
}

TEST(ErrorsTest, ShowsTheServersWordsSafely) {
  EXPECT_THAT(StatusFromResponse("x", Response(404, R"({"error":"Scope not found"})")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("(Scope not found)")));
  EXPECT_THAT(StatusFromResponse("x", Response(404, "<html>...")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("HTML page")));
  EXPECT_THAT(
      StatusFromResponse("x", Response(404, "\x1b[31mred\n" + std::string(9999, 'a'))),
      StatusIs(absl::StatusCode::kNotFound, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr(std::string(300, 'a'))))));
}

TEST(ErrorsTest, EveryTransportErrorHasACode) {
  const auto code = [](TransportError error) { return StatusFromFailure("x", {error, "d"}).code(); };
  EXPECT_EQ(code(TransportError::kUnresolved), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(TransportError::kConnect), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(TransportError::kTls), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(TransportError::kCertificate), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(TransportError::kTimeout), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(code(TransportError::kClosed), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(TransportError::kTruncated), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(TransportError::kMalformed), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(TransportError::kTooLarge), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(TransportError::kCanceled), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace connector
