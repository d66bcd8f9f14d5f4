#include "mock_registry/transport/request_parser.h"

#include <gmock/gmock.h>

#include <string>

namespace mock_registry {
namespace {

using State = ParsedRequest::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(RequestParserTest, ReadsARequestAndLeavesWhatFollows) {
  const std::string bytes = "GET /-/org/acme/user?a=b%20c HTTP/1.1\r\nHost: a\r\nx-odd:  b%0d \t\r\n\r\nGET";
  const ParsedRequest parsed = ParseRequest(bytes);
  ASSERT_EQ(parsed.state, State::kWhole);
  EXPECT_EQ(parsed.request.method, "GET");
  EXPECT_EQ(parsed.request.target, "/-/org/acme/user?a=b%20c");
  EXPECT_THAT(parsed.request.headers, ElementsAre(Pair("Host", "a"), Pair("x-odd", "b%0d")));
  EXPECT_EQ(bytes.substr(parsed.size), "GET");
  EXPECT_FALSE(parsed.close);
}

TEST(RequestParserTest, EveryPieceOfARequestIsPartial) {
  const std::string requests[] = {
      "PUT /a HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody",
      "PUT /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nbod\r\n1\r\ny\r\n0\r\ntrailer: t\r\n\r\n",
  };
  for (const std::string& request : requests) {
    for (std::size_t size = 0; size < request.size(); ++size) {
      ASSERT_EQ(ParseRequest(request.substr(0, size)).state, State::kPartial) << request.substr(0, size);
    }
    const ParsedRequest parsed = ParseRequest(request);
    ASSERT_EQ(parsed.state, State::kWhole) << request;
    EXPECT_EQ(parsed.request.body, "body");
    EXPECT_EQ(parsed.size, request.size());
  }
}

TEST(RequestParserTest, SeesThatTheClientWantsNoMore) {
  EXPECT_TRUE(ParseRequest("GET / HTTP/1.0\r\n\r\n").close);
  EXPECT_TRUE(ParseRequest("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n").close);
  EXPECT_FALSE(ParseRequest("GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n").close);
}

TEST(RequestParserTest, SeesThatTheClientWaitsToSendItsBody) {
  const std::string head = "PUT / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n";
  EXPECT_TRUE(ParseRequest(head).awaits_continue);
  EXPECT_EQ(ParseRequest(head + "x").state, State::kWhole);
}

TEST(RequestParserTest, PassesOverEmptyLinesBeforeARequest) {
  const ParsedRequest parsed = ParseRequest("\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(parsed.state, State::kWhole);
  EXPECT_EQ(parsed.size, 22u);
}

struct BadCase {
  std::string bytes;
  int status;
  std::string problem;
};

TEST(RequestParserTest, RefusesWhatIsNoRequestAndSaysWhy) {
  const RequestLimits limits{64, 8};
  const BadCase cases[] = {
      {"hello\r\n\r\n", 400, "request line"},
      {"GET  HTTP/1.1\r\n\r\n", 400, "request line"},
      {"GET /a b HTTP/1.1\r\n\r\n", 400, "request line"},
      {"GET / HTTP/2.0\r\n\r\n", 505, "HTTP/1.1"},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "header"},
      {"GET / HTTP/1.1\r\na b: c\r\n\r\n", 400, "header"},
      {"GET / HTTP/1.1\r\n: c\r\n\r\n", 400, "header"},
      {"PUT / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400, "Content-Length"},
      {"PUT / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400, "Content-Length"},
      {"PUT / HTTP/1.1\r\ncontent-length: 9\r\n\r\n", 413, "8 bytes"},
      {"PUT / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n", 501, "chunked"},
      {"PUT / HTTP/1.1\r\ncontent-length:1\r\ntransfer-encoding:chunked\r\n\r\n", 400, "contradict"},
      {"PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nsize\r\n", 400, "size of a chunk"},
      {"PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n9\r\n", 413, "8 bytes"},
      {"PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n", 400, "after a chunk"},
      {"GET /" + std::string(64, 'a'), 431, "64 bytes"},
  };
  for (const BadCase& bad : cases) {
    const ParsedRequest parsed = ParseRequest(bad.bytes, limits);
    EXPECT_EQ(parsed.state, State::kBad) << bad.bytes;
    EXPECT_EQ(parsed.status, bad.status) << bad.bytes;
    EXPECT_THAT(parsed.problem, HasSubstr(bad.problem)) << bad.bytes;
  }
}

}  // namespace
}  // namespace mock_registry
