#include "mock_registry/registry/registry.h"

#include <gtest/gtest.h>

#include "mock_registry/scenario/loader.h"
#include "mock_registry/transport/wire.h"

namespace mock_registry {
namespace {

using connector::HttpRequest;
using connector::HttpResponse;
using ::testing::Test;

class RegistryTest : public Test {
 protected:
  HttpResponse Get(const std::string& target, const std::string& token, const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    if (!token.empty()) request.headers = {{"authorization", "Bearer " + token}};
    return registry_.Handle(request, connector::Instant()).response;
  }

  Registry registry_{*ParseScenario(R"({ "version": 1,
    "orgs": {
      "acme": { "members": { "bob": "developer", "alice": "owner" }, "teams": { "developers": "all", "a:b": ["bob"] },
                "packages": { "@acme/x": { "a:b": "read-only", "developers": "read-write" }, "@acme/y": { "a:b": "read-only" } } },
      "other": { "members": { "olga": "owner" }, "teams": { "developers": "all" } } },
    "auth": { "tokens": [ { "value": "good", "user": "alice" }, { "value": "outsider", "user": "olga" } ] } })",
                                    "s.json")};
};

TEST_F(RegistryTest, AnswersFromTheModel) {
  EXPECT_EQ(Get("/-/ping", "").body, "{}");
  EXPECT_EQ(Get("/-/whoami", "good").body, R"({"username":"alice"})");
  EXPECT_EQ(Get("/-/org/acme/user", "good").body, R"({"bob":"developer","alice":"owner"})");
  EXPECT_EQ(Get("/-/org/acme/team", "good").body, R"(["acme:developers","acme:a:b"])");
  EXPECT_EQ(Get("/-/org/acme/team?format=cli", "good").body, R"(["acme:developers","acme:a:b"])");
  EXPECT_EQ(Get("/-/team/acme/developers/user", "good").body, R"(["bob","alice"])");
  EXPECT_EQ(Get("/-/team/acme/a%3Ab/user?format=cli", "good").body, R"(["bob"])");
  EXPECT_EQ(Get("/-/org/acme/developers/user", "good").body, R"(["bob","alice"])");
  EXPECT_EQ(Get("/-/org/acme/package", "good").body, R"({"@acme/x":"write","@acme/y":"read"})");
  EXPECT_EQ(Get("/-/team/acme/a%3Ab/package", "good").body, R"({"@acme/x":"read","@acme/y":"read"})");
  EXPECT_EQ(Get("/-/team/acme/developers/package?format=cli", "good").body, R"({"@acme/x":"write"})");
}

TEST_F(RegistryTest, RefusesWithoutAGoodToken) {
  for (const char* target :
       {"/-/whoami", "/-/org/acme/user", "/-/org/acme/team", "/-/team/acme/developers/user", "/-/org/none/user"}) {
    EXPECT_EQ(Get(target, "").status, 401) << target;
    EXPECT_EQ(Get(target, "wrong").status, 401) << target;
  }
}

TEST_F(RegistryTest, AnOutsiderSeesNothing) {
  EXPECT_EQ(Get("/-/org/acme/user", "outsider").body, "{}");
  EXPECT_EQ(Get("/-/org/acme/team", "outsider").status, 403);
  EXPECT_EQ(Get("/-/team/acme/developers/user", "outsider").status, 403);
  EXPECT_EQ(Get("/-/org/acme/package", "outsider").body, "{}");
  EXPECT_EQ(Get("/-/team/acme/developers/package", "outsider").status, 403);
}

TEST_F(RegistryTest, AUserAccountLooksLikeAnOrganizationOfOne) {
  EXPECT_EQ(Get("/-/org/bob/user", "good").body, R"({"bob":"owner"})");
  EXPECT_EQ(Get("/-/org/bob/team", "good").body, "[]");
  EXPECT_EQ(Get("/-/org/bob/package", "good").body, "{}");
}

TEST_F(RegistryTest, WhatDoesNotExistIs404) {
  EXPECT_EQ(Get("/-/org/none/user", "good").status, 404);
  EXPECT_EQ(Get("/-/org/%40acme/user", "good").status, 404);
  EXPECT_EQ(Get("/-/team/acme/none/user", "good").status, 404);
  EXPECT_EQ(Get("/-/team/acme/none/package", "good").status, 404);
}

TEST_F(RegistryTest, AnUnknownRequestNamesTheNearestOperation) {
  struct Case {
    const char* method;
    const char* target;
    const char* nearest;
  };
  for (const Case& c :
       {Case{"GET", "/-/org/acme/usr", "org.members"}, Case{"GET", "/-/org/acme/teams", "org.teams"},
        Case{"GET", "/-/pingg", "ping"}, Case{"PATCH", "/-/org/acme/user", "org.members"},
        Case{"GET", "/-/whoami/", "whoami"}, Case{"GET", "/-/teams/acme/developers/user", "team.members"}}) {
    const HttpResponse response = Get(c.target, "good", c.method);
    EXPECT_EQ(response.status, 404);
    EXPECT_NE(response.body.find(std::string("\"operation\":\"") + c.nearest + "\""), std::string::npos)
        << response.body;
  }
}

TEST(WireTest, TruncationKeepsTheWholeLength) {
  Reply reply;
  reply.response.status = 200;
  reply.response.body = "0123456789";
  EXPECT_EQ(RenderReply(reply, false, false).bytes(),
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: keep-alive\r\n\r\n0123456789");
  reply.fault.truncate_at = 4;
  const WireReply cut = RenderReply(reply, false, false);
  EXPECT_TRUE(cut.close);
  EXPECT_EQ(cut.bytes(), "HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n0123");
  reply.fault = {};
  for (const std::size_t bytes : {0u, 10u, 60u, 62u, 1000u}) {  // within the head, of 61 bytes, and the body
    reply.fault.close_after = bytes;
    EXPECT_EQ(
        RenderReply(reply, false, false).bytes(),
        std::string("HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n0123456789").substr(0, bytes));
  }
  EXPECT_EQ(RenderReply({reply.response, {}, {}}, true, false).bytes().substr(15),
            "\r\ncontent-length: 10\r\nconnection: keep-alive\r\n\r\n");
}

}  // namespace
}  // namespace mock_registry
