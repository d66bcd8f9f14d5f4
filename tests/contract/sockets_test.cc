// HttplibDriver and HttpServer against peers that keep to the protocol, and peers that do not.
#include <gtest/gtest.h>

#include "connector/http/httplib_driver.h"
#include "mock_registry/transport/http_server.h"
#include "mock_registry/transport/wire.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"
#include "tests/testing/tls_server.h"

namespace {

using connector::Completion;
using connector::ConnectionOptions;
using connector::HttplibDriver;
using connector::HttpRequest;
using connector::HttpResponse;
using connector::Instant;
using connector::Origin;
using connector::Secret;
using connector::TransportError;
using connector::TransportFailure;
using mock_registry::HttpServer;
using mock_registry::Reply;
using testing_util::IsOk;
using testing_util::RawServer;
using testing_util::TlsServer;

ConnectionOptions To(const std::string& base_url) {
  ConnectionOptions options;
  options.origin = *Origin::Parse(base_url);
  options.token = Secret("npm_token");
  options.user_agent = "test";
  return options;
}

std::variant<HttpResponse, TransportFailure> Exchange(const ConnectionOptions& options,
                                                      absl::Duration deadline = absl::Seconds(20)) {
  HttplibDriver driver(options, 1);
  HttpRequest request;
  request.target = "/-/ping";
  driver.Submit(7, request, driver.Now() + deadline);
  std::optional<Completion> completion = driver.Wait(Instant::Max());
  EXPECT_TRUE(completion && completion->ticket == 7);
  return completion->result;
}

TransportFailure FailureOf(const std::variant<HttpResponse, TransportFailure>& result) {
  const auto* failure = std::get_if<TransportFailure>(&result);
  EXPECT_NE(failure, nullptr) << "got a response";
  return failure == nullptr ? TransportFailure{} : *failure;
}

TransportError ErrorOf(const std::string& reply, connector::WireLimits limits = {}) {
  const RawServer server({reply});
  ConnectionOptions options = To(server.base_url());
  options.limits = limits;
  return FailureOf(Exchange(options)).error;
}

TEST(HttplibDriverTest, SendsTokenAndReadsRawHeaders) {
  HttpRequest seen;
  const auto server = HttpServer::Start([&](const HttpRequest& request, Instant) {
    seen = request;
    Reply reply;
    reply.response.status = 200;
    reply.response.headers = {{"Link", "<x?cursor=a%2Bb%26c%3D>"}};
    reply.response.body = "hello";
    return reply;
  });
  ASSERT_THAT(server, IsOk());
  const auto result = Exchange(To((*server)->base_url() + "/prefix/"));
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(result)) << FailureOf(result).detail;
  const auto& response = std::get<HttpResponse>(result);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(connector::FindHeader(response.headers, "link"), "<x?cursor=a%2Bb%26c%3D>");
  EXPECT_EQ(seen.target, "/prefix/-/ping");
  EXPECT_EQ(connector::FindHeader(seen.headers, "authorization"), "Bearer npm_token");
  EXPECT_EQ(connector::FindHeader(seen.headers, "user-agent"), "test");
}

TEST(HttplibDriverTest, KeepsTheConnection) {
  const RawServer server({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
  HttplibDriver driver(To(server.base_url()), 1);
  // The server closes after each reply without saying so: the second request meets a dead connection and is sent again.
  for (connector::Ticket ticket : {1, 2, 3}) {
    driver.Submit(ticket, {"GET", "/", {}, ""}, driver.Now() + absl::Seconds(20));
    const auto completion = driver.Wait(Instant::Max());
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(completion->result)) << FailureOf(completion->result).detail;
  }
}

TEST(HttplibDriverTest, WaitIsASleepWhenNothingIsInFlight) {
  HttplibDriver driver(To("http://127.0.0.1:1"), 1);
  EXPECT_EQ(driver.Wait(driver.Now() + absl::Milliseconds(5)), std::nullopt);
}

TEST(HttplibDriverTest, NobodyListens) {
  int free_port = 0;
  {
    const auto server = HttpServer::Start([](const HttpRequest&, Instant) { return Reply(); });
    free_port = (*server)->port();
  }
  EXPECT_EQ(FailureOf(Exchange(To("http://127.0.0.1:" + std::to_string(free_port)))).error, TransportError::kConnect);
}

TEST(HttplibDriverTest, NoSuchHost) {
  EXPECT_EQ(FailureOf(Exchange(To("http://no-such-host.invalid"))).error, TransportError::kUnresolved);
}

TEST(HttplibDriverTest, HostileReplies) {
  EXPECT_EQ(ErrorOf(""), TransportError::kClosed);
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-"), TransportError::kClosed);
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234"), TransportError::kTruncated);
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"), TransportError::kTruncated);
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay"), TransportError::kMalformed);
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokXX2\r\nok\r\n0\r\n\r\n"),
            TransportError::kMalformed);
  EXPECT_EQ(ErrorOf("garbage\r\n\r\n"), TransportError::kMalformed);
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 " + std::string(100'000, 'a') + "\r\n\r\n"), TransportError::kTooLarge);
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'a') + "\r\n\r\n"), TransportError::kTooLarge);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20'000; ++i) many += "X-Header-" + std::to_string(i) + ": value\r\n";
  EXPECT_EQ(ErrorOf(many + "\r\n"), TransportError::kTooLarge);
}

TEST(HttplibDriverTest, AConnectionThatEndsAtAnyByteNeverGivesAReply) {
  for (const std::string whole : {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n[\"a\"",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[\"a\"\r\n0\r\n\r\n"}) {
    for (std::size_t end = 0; end < whole.size(); ++end) {
      const TransportError error = ErrorOf(whole.substr(0, end));
      const bool in_body = end >= whole.find("\r\n\r\n") + 4;
      EXPECT_EQ(error, in_body ? TransportError::kTruncated : TransportError::kClosed) << whole.substr(0, end);
    }
  }
}

TEST(HttplibDriverTest, ABodyHasALimit) {
  connector::WireLimits limits;
  limits.body_bytes = 1000;
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'a'), limits),
            TransportError::kTooLarge);
}

TEST(HttplibDriverTest, RedirectsAreNotFollowed) {
  const RawServer other({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
  const RawServer server({"HTTP/1.1 302 Found\r\nLocation: " + other.base_url() + "/\r\nContent-Length: 0\r\n\r\n"});
  const auto result = Exchange(To(server.base_url()));
  EXPECT_EQ(std::get<HttpResponse>(result).status, 302);
  EXPECT_EQ(other.connections(), 0);
}

TEST(HttplibDriverTest, ASilentServerMeetsTheDeadline) {
  const RawServer server({RawServer::kSilence});
  EXPECT_EQ(FailureOf(Exchange(To(server.base_url()), absl::Milliseconds(20))).error, TransportError::kTimeout);
}

TEST(HttplibDriverTest, DestructionEndsWhatIsInFlight) {
  const RawServer silent({RawServer::kSilence});
  HttplibDriver driver(To(silent.base_url()), 2);
  driver.Submit(1, {"GET", "/", {}, ""}, driver.Now() + absl::Minutes(10));
  while (silent.connections() == 0) EXPECT_EQ(driver.Wait(driver.Now() + absl::Milliseconds(1)), std::nullopt);
  // Or this test would take ten minutes.
}

TEST(TlsTest, AKnownAuthorityIsTrusted) {
  const testing_util::TempFolder folder;
  const TlsServer server({}, "{}");
  testing_util::WriteBytes(folder.File("ca.pem"), server.certificate());
  ConnectionOptions options = To(server.base_url());
  options.ca_file = folder.File("ca.pem");
  const auto result = Exchange(options);
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(result)) << FailureOf(result).detail;
  EXPECT_EQ(std::get<HttpResponse>(result).body, "{}");
}

TEST(TlsTest, NothingIsSentToAServerWithABadCertificate) {
  const testing_util::TempFolder folder;
  {
    const TlsServer unknown({}, "{}");
    EXPECT_EQ(FailureOf(Exchange(To(unknown.base_url()))).error, TransportError::kCertificate);
    EXPECT_EQ(unknown.requests(), 0);
  }
  for (const testing_util::TlsServerOptions& bad :
       {testing_util::TlsServerOptions{"other.example", false}, testing_util::TlsServerOptions{"127.0.0.1", true}}) {
    const TlsServer server(bad, "{}");
    testing_util::WriteBytes(folder.File("ca.pem"), server.certificate());
    ConnectionOptions options = To(server.base_url());
    options.ca_file = folder.File("ca.pem");
    EXPECT_EQ(FailureOf(Exchange(options)).error, TransportError::kCertificate) << bad.certificate_host;
    EXPECT_EQ(server.requests(), 0);
  }
}

TEST(TlsTest, APlainServerIsNoTlsServer) {
  const RawServer server({"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
  std::string url = server.base_url();
  EXPECT_EQ(FailureOf(Exchange(To(url.replace(0, 4, "https")))).error, TransportError::kTls);
}

TEST(HttpServerTest, TakesAFreePortAndRefusesATakenOne) {
  const auto first = HttpServer::Start([](const HttpRequest&, Instant) { return Reply(); });
  ASSERT_THAT(first, IsOk());
  EXPECT_GT((*first)->port(), 0);
  mock_registry::ServerOptions options;
  options.port = (*first)->port();
  EXPECT_THAT(HttpServer::Start([](const HttpRequest&, Instant) { return Reply(); }, options),
              testing_util::StatusIs(absl::StatusCode::kUnavailable, ::testing::HasSubstr("port taken")));
}

TEST(HttpServerTest, ClosesAConnectionAfterSoManyRequestsAndTheClientLosesNone) {
  mock_registry::ServerOptions options;
  options.requests_per_connection = 3;
  std::atomic<int> served = 0;
  const auto server = HttpServer::Start(
      [&](const HttpRequest&, Instant) {
        ++served;
        Reply reply;
        reply.response.status = 200;
        return reply;
      },
      options);
  HttplibDriver driver(To((*server)->base_url()), 1);
  constexpr connector::Ticket kRequests = 20;
  for (connector::Ticket ticket = 0; ticket < kRequests; ++ticket) {
    driver.Submit(ticket, {"GET", "/", {}, ""}, driver.Now() + absl::Seconds(20));
    const auto completion = driver.Wait(Instant::Max());
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(completion->result)) << FailureOf(completion->result).detail;
  }
  EXPECT_EQ(served, static_cast<int>(kRequests));
}

TEST(HttpServerTest, StallsAndDribblesTakeTheirTime) {
  mock_registry::WireFault stall, dribble;
  stall.stall_after = 10;
  stall.pause = absl::Milliseconds(30);
  dribble.dribble = 40;
  dribble.pause = absl::Milliseconds(10);
  for (const mock_registry::WireFault& fault : {stall, dribble}) {
    Reply reply;
    reply.response.status = 200;
    reply.response.body = std::string(60, 'x');
    reply.fault = fault;
    const auto server = HttpServer::Start([&](const HttpRequest&, Instant) { return reply; });
    HttplibDriver driver(To((*server)->base_url()), 1);
    driver.Submit(1, {"GET", "/", {}, ""}, driver.Now() + absl::Seconds(20));
    const auto completion = driver.Wait(Instant::Max());
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(completion->result)) << FailureOf(completion->result).detail;
    EXPECT_EQ(std::get<HttpResponse>(completion->result).body, reply.response.body);
    EXPECT_GE(driver.Now().since_start(), mock_registry::TransferTime(reply));
    EXPECT_GT(mock_registry::TransferTime(reply), absl::Milliseconds(20));
  }
}

TEST(HttpServerTest, ServesMoreConnectionsThanCores) {
  const auto server = HttpServer::Start([](const HttpRequest&, Instant) {
    Reply reply;
    reply.response.status = 200;
    return reply;
  });
  constexpr connector::Ticket kRequests = 200;
  HttplibDriver driver(To((*server)->base_url()), 50);
  for (connector::Ticket ticket = 0; ticket < kRequests; ++ticket) {
    driver.Submit(ticket, {"GET", "/", {}, ""}, driver.Now() + absl::Seconds(20));
  }
  for (connector::Ticket i = 0; i < kRequests; ++i) {
    const auto completion = driver.Wait(Instant::Max());
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(completion->result)) << FailureOf(completion->result).detail;
  }
}

}  // namespace
