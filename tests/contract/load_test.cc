// The server under 256 clients at once for 30 seconds: eager ones, slow readers, and connections that are left
// half-open.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>

#include "mock_registry/registry/documents.h"
#include "mock_registry/transport/http_server.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/sanitizers.h"

namespace {

using Clock = std::chrono::steady_clock;
using testing_util::RawServer;

constexpr std::size_t kEager = 192;
constexpr std::size_t kSlow = 32;
constexpr std::size_t kHalfOpen = 32;
constexpr std::size_t kLargeBody = 4 * 1024 * 1024;
constexpr std::chrono::seconds kDuration{30};

int Connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return socket;
}

// Asks again as soon as it has its reply.
struct EagerClient {
  int socket = -1;
  std::string received;
  std::size_t replies = 0;

  void Ask() const { RawServer::Send(socket, "GET /small HTTP/1.1\r\nHost: load\r\n\r\n"); }

  void Read() {
    std::array<char, 4096> bytes{};
    const ssize_t n = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    ASSERT_GT(n, 0) << "the server closed the connection of a client that did nothing wrong";
    received.append(bytes.data(), static_cast<std::size_t>(n));
    if (!received.ends_with("\r\n\r\n{\"small\":true}")) return;
    ASSERT_TRUE(received.starts_with("HTTP/1.1 200 "));
    received.clear();
    ++replies;
    Ask();
  }
};

TEST(LoadTest, NobodyStarvesBesideSlowReadersAndHalfOpenConnections) {
  const std::string large = "\"" + std::string(kLargeBody, 'x') + "\"";
  auto server = mock_registry::HttpServer::Start([&](const connector::HttpRequest& request, connector::Instant) {
    return mock_registry::Reply{mock_registry::JsonText(200, request.target == "/small" ? "{\"small\":true}" : large)};
  });
  ASSERT_TRUE(server.ok());
  const int port = (*server)->port();

  std::vector<int> half_open(kHalfOpen);
  for (int& socket : half_open) {
    socket = Connect(port);
    RawServer::Send(socket, "GET /small HTTP/1.1\r\nHo");
  }
  std::vector<int> slow(kSlow);
  for (int& socket : slow) {
    socket = Connect(port);
    RawServer::Send(socket, "GET /large HTTP/1.1\r\nHost: load\r\n\r\n");
  }
  std::vector<EagerClient> eager(kEager);
  std::vector<pollfd> readable;
  for (EagerClient& client : eager) {
    client.socket = Connect(port);
    readable.push_back({client.socket, POLLIN, 0});
    client.Ask();
  }

  std::vector<std::size_t> slow_bytes(kSlow);
  constexpr std::chrono::milliseconds kSlowEvery{100};
  const Clock::time_point start = Clock::now();
  Clock::time_point next_slow = start;
  while (Clock::now() - start < kDuration) {
    constexpr int kMostWait = 10;  // ms
    ::poll(readable.data(), readable.size(), kMostWait);
    for (std::size_t i = 0; i < kEager; ++i) {
      if (readable[i].revents != 0) eager[i].Read();
      if (HasFatalFailure()) return;
    }
    if (Clock::now() < next_slow) continue;
    next_slow += kSlowEvery;
    for (std::size_t i = 0; i < kSlow; ++i) {
      std::array<char, 1024> bytes{};
      const ssize_t n = ::recv(slow[i], bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (n > 0) slow_bytes[i] += static_cast<std::size_t>(n);
    }
  }

  const std::size_t total = std::accumulate(eager.begin(), eager.end(), std::size_t{0},
                                            [](std::size_t sum, const EagerClient& c) { return sum + c.replies; });
  const auto least = std::min_element(eager.begin(), eager.end(), [](const EagerClient& a, const EagerClient& b) {
                       return a.replies < b.replies;
                     })->replies;
  EXPECT_GE(least, total / kEager / 4) << "some client had less than a quarter of its share of " << total;
  EXPECT_GE(*std::min_element(slow_bytes.begin(), slow_bytes.end()), 100u * 1024) << "a slow reader was left waiting";

  const Clock::time_point stopping = Clock::now();
  server->reset();
  const auto stopped = Clock::now() - stopping;
  if (!testing_util::kSanitized) {
    EXPECT_LT(stopped, std::chrono::milliseconds(100));
  }
  std::printf("%zu replies, the least had %zu, stopped in %.1f ms\n", total, least,
              std::chrono::duration<double, std::milli>(stopped).count());
  for (const EagerClient& client : eager) ::close(client.socket);
  for (const int socket : slow) ::close(socket);
  for (const int socket : half_open) ::close(socket);
}

}  // namespace
