// What the client makes of bytes, without a socket.
#include <gmock/gmock.h>

#include "connector/http/httplib_client.h"
#include "mock_registry/registry/damage.h"

namespace connector {
namespace {

using ::testing::HasSubstr;

std::string Reply(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

std::string Gzipped(const std::string& body) {
  return Reply("content-encoding: gzip\r\ncontent-length: " + std::to_string(body.size()) + "\r\n", body);
}

// The body, or the error and its detail.
std::string Read(const std::string& bytes, const WireLimits& limits = {}) {
  const auto result = ReadRecordedReply(bytes, limits);
  if (const auto* response = std::get_if<HttpResponse>(&result)) return response->body;
  const auto& failure = std::get<TransportFailure>(result);
  return std::string(ToString(failure.error)) + ": " + failure.detail;
}

TEST(RecordedReplyTest, WholeReplies) {
  EXPECT_EQ(Read(Reply("content-length: 2\r\n", "{}")), "{}");
  EXPECT_EQ(Read(Reply("transfer-encoding: chunked\r\n", "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")), "{}");
  EXPECT_EQ(Read("HTTP/1.1 100 Continue\r\n\r\n" + Reply("content-length: 2\r\n", "{}")), "{}");
  EXPECT_EQ(Read(Reply("content-length: 2\r\nContent-Length: 2\r\n", "{}")), "{}");
}

TEST(RecordedReplyTest, DamagedReplies) {
  EXPECT_THAT(Read(""), HasSubstr("closed before a response"));
  EXPECT_THAT(Read("HTTP/1.1 200"), HasSubstr("closed"));
  EXPECT_THAT(Read("SSH-2.0-OpenSSH\r\n"), HasSubstr("not an HTTP response"));
  EXPECT_THAT(Read(Reply("content-length: 3\r\n", "{}")), HasSubstr("cut short"));
  EXPECT_THAT(Read(Reply("content-length: 1\r\n", "{}")), HasSubstr("more bytes than the response announced"));
  EXPECT_THAT(Read(Reply("content-length: 2\r\ncontent-length: 1\r\n", "{}")), HasSubstr("different lengths"));
  EXPECT_THAT(Read(Reply("transfer-encoding: chunked\r\n", "1\r\n{\r\nz\r\n}\r\n0\r\n\r\n")),
              HasSubstr("does not decode"));
  EXPECT_THAT(Read(Reply("transfer-encoding: chunked\r\n", "1\r\n{\r\n1\r\n}\r\n")), HasSubstr("cut short"));
  EXPECT_THAT(Read(Reply("transfer-encoding: chunked\r\n", "2\r\n{}\r\n")), HasSubstr("cut short"));
  EXPECT_THAT(Read(Reply("x: length unknown\r\n", "{}")), HasSubstr("cut short"));
  EXPECT_EQ(Read("HTTP/1.1 401 No\r\n\r\nno"), "no");
  EXPECT_THAT(Read(Reply("x: " + std::string(9000, 'x') + "\r\n", "")), HasSubstr("too large"));
  EXPECT_THAT(Read(Reply("content-encoding: br\r\ncontent-length: 2\r\n", "{}")), HasSubstr("not asked for"));
}

TEST(RecordedReplyTest, CompressedReplies) {
  const std::string text = R"({"alice":"owner"})";
  const auto damaged = [&](const char* how) { return Gzipped(mock_registry::DamageGzip(how, text)); };
  EXPECT_EQ(Read(damaged("not at all")), text);
  EXPECT_THAT(Read(damaged("crc")), HasSubstr("incorrect data check"));
  EXPECT_THAT(Read(damaged("cut")), HasSubstr("lacks its end"));
  EXPECT_EQ(Read(damaged("extraMember")), text + text);
  EXPECT_THAT(Read(damaged("bomb")), HasSubstr("decompresses to more than"));
  EXPECT_THAT(Read(Gzipped("")), HasSubstr("lacks its end"));
  EXPECT_THAT(Read(Gzipped(text)), HasSubstr("does not decompress"));
  const std::string packed = mock_registry::DamageGzip("not at all", text);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_THAT(Read(Gzipped(packed.substr(0, size))), HasSubstr("lacks its end")) << size;
  }
}

}  // namespace
}  // namespace connector
