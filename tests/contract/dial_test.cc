// How connections come to be: name services that hang, and proxies good and bad.
#include "connector/http/dial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <mutex>

#include "connector/http/httplib_driver.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/temp_folder.h"
#include "tests/testing/tls_server.h"

namespace {

using connector::ConnectionOptions;
using connector::HttpResponse;
using connector::Origin;
using connector::TransportError;
using connector::TransportFailure;
using ::testing::HasSubstr;
using testing_util::RawServer;
using testing_util::TlsServer;

int PortOf(const std::string& base_url) { return Origin::Parse(base_url)->port; }

// Answers CONNECT, and then carries bytes between the client and a port of this machine.
class TunnelProxy {
 public:
  explicit TunnelProxy(int port) : server_([this, port](int client, std::size_t) { Carry(client, port); }) {}

  connector::Proxy Address(const std::string& credentials = "") const {
    return {"127.0.0.1", PortOf(server_.base_url()), connector::Secret(credentials)};
  }
  std::string request() const {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  void Carry(int client, int port) {
    std::string head = "C";  // which the server has read
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && ::recv(client, &byte, 1, 0) == 1) head += byte;
    {
      const std::lock_guard lock(mutex_);
      request_ = head;
    }
    const int upstream = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    ::connect(upstream, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    RawServer::Send(client, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
    pollfd both[] = {{client, POLLIN, 0}, {upstream, POLLIN, 0}};
    for (bool open = true; open && ::poll(both, 2, -1) > 0;) {
      for (int from = 0; from < 2; ++from) {
        if (both[from].revents == 0) continue;
        char bytes[4096];
        const ssize_t n = ::recv(both[from].fd, bytes, sizeof(bytes), 0);
        open = open && n > 0 && RawServer::Send(both[1 - from].fd, {bytes, static_cast<std::size_t>(n)});
      }
    }
    ::close(upstream);
  }

  mutable std::mutex mutex_;
  std::string request_;
  const RawServer server_;
};

std::variant<HttpResponse, TransportFailure> Exchange(const ConnectionOptions& options,
                                                      absl::Duration deadline = absl::Seconds(20)) {
  connector::HttplibDriver driver(options, 1);
  driver.Submit(1, {"GET", "/-/ping", {}, ""}, driver.Now() + deadline);
  return driver.Wait(connector::Instant::Max())->result;
}

TransportFailure FailureBehind(const std::string& answer, absl::Duration deadline = absl::Seconds(20)) {
  const RawServer proxy({answer});
  ConnectionOptions options;
  options.origin = *Origin::Parse("https://registry.example");
  options.proxy = {"127.0.0.1", PortOf(proxy.base_url()), connector::Secret("me:CANARY")};
  const auto result = Exchange(options, deadline);
  EXPECT_TRUE(std::holds_alternative<TransportFailure>(result));
  EXPECT_THAT(std::get<TransportFailure>(result).detail, ::testing::Not(HasSubstr("CANARY")));
  return std::get<TransportFailure>(result);
}

TEST(ProxyTunnelTest, TlsGoesThroughToTheRegistryAndTheProxyResolvesItsName) {
  const testing_util::TempFolder folder;
  const TlsServer registry({"registry.example", false}, "{}");
  testing_util::WriteBytes(folder.File("ca.pem"), registry.certificate());
  const TunnelProxy proxy(PortOf(registry.base_url()));
  ConnectionOptions options;
  options.origin = *Origin::Parse("https://registry.example:8443");
  options.token = connector::Secret("npm_CANARY");
  options.ca_file = folder.File("ca.pem");
  options.proxy = proxy.Address("me:pass");
  const auto result = Exchange(options);
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(result)) << std::get<TransportFailure>(result).detail;
  EXPECT_EQ(std::get<HttpResponse>(result).body, "{}");
  EXPECT_EQ(proxy.request(),
            "CONNECT registry.example:8443 HTTP/1.1\r\nHost: registry.example:8443\r\n"
            "Proxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n");
}

TEST(ProxyTunnelTest, AProxyThatLiesAboutTheRegistryIsFoundOut) {
  const testing_util::TempFolder folder;
  const TlsServer impostor({"registry.example", false}, "{}");
  const TunnelProxy proxy(PortOf(impostor.base_url()));
  ConnectionOptions options;
  options.origin = *Origin::Parse("https://registry.example");
  options.proxy = proxy.Address();
  const auto result = Exchange(options);
  ASSERT_TRUE(std::holds_alternative<TransportFailure>(result));
  EXPECT_EQ(std::get<TransportFailure>(result).error, TransportError::kCertificate);
  EXPECT_EQ(impostor.requests(), 0);
}

TEST(ProxyTunnelTest, HostileProxies) {
  const TransportFailure refused = FailureBehind("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  EXPECT_EQ(refused.error, TransportError::kConnect);
  EXPECT_THAT(refused.detail, HasSubstr("refused a tunnel to registry.example:443: HTTP/1.1 407"));
  EXPECT_EQ(FailureBehind("").error, TransportError::kConnect);
  EXPECT_EQ(FailureBehind("SSH-2.0-OpenSSH\r\n\r\n").error, TransportError::kConnect);
  EXPECT_EQ(FailureBehind("HTTP/1.1 200 " + std::string(1'000'000, 'a')).error, TransportError::kTooLarge);
  EXPECT_EQ(FailureBehind("HTTP/1.1 200 OK\r\n\r\nnot TLS").error, TransportError::kTls);
  const TransportFailure silent = FailureBehind(RawServer::kSilence, absl::Milliseconds(50));
  EXPECT_EQ(silent.error, TransportError::kConnect);
  EXPECT_THAT(silent.detail, HasSubstr("did not answer in time"));
}

TEST(DialTest, AHangingNameServiceMeetsTheDeadline) {
  std::mutex mutex;
  std::condition_variable changed;
  bool release = false, done = false;
  const connector::Lookup hangs = [&](const char*, const char*, const addrinfo*, addrinfo**) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return release; });
    done = true;
    changed.notify_all();
    return EAI_AGAIN;
  };
  int asked = 0;
  const auto time_left = [&] { return absl::Milliseconds(20) - absl::Milliseconds(10) * asked++; };
  const auto result =
      connector::Dial({*Origin::Parse("https://registry.example"), std::nullopt}, {}, time_left, -1, hangs);
  ASSERT_TRUE(std::holds_alternative<TransportFailure>(result));
  EXPECT_EQ(std::get<TransportFailure>(result).error, TransportError::kConnect);
  EXPECT_THAT(std::get<TransportFailure>(result).detail, HasSubstr("name service did not answer for registry.example"));
  std::unique_lock lock(mutex);
  release = true;
  changed.notify_all();
  changed.wait(lock, [&] { return done; });
}

}  // namespace
