#include "connector/http/dial.h"

#include <absl/strings/escaping.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

namespace connector {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// What is left of one bounded step.
class Timer {
 public:
  Timer(const std::function<absl::Duration()>& time_left, absl::Duration limit, int cancel_fd)
      : time_left_(time_left), end_(std::max(time_left() - limit, absl::ZeroDuration())), cancel_fd_(cancel_fd) {}

  // Nothing once `fd` is ready for `events`.
  std::optional<TransportFailure> Await(int fd, short events, std::string_view what) const {
    pollfd fds[] = {{fd, events, 0}, {cancel_fd_, POLLIN, 0}};
    while (true) {
      const absl::Duration left = time_left_() - end_;
      if (left <= absl::ZeroDuration()) return TransportFailure{TransportError::kConnect, std::string(what)};
      constexpr std::int64_t kLongest = 60'000;
      const std::int64_t wait = std::min(absl::ToInt64Milliseconds(left) + 1, kLongest);
      const int ready = ::poll(fds, 2, static_cast<int>(wait));
      if (fds[1].revents != 0) return TransportFailure{TransportError::kCanceled, "the driver was shut down"};
      if (ready > 0 && fds[0].revents != 0) return std::nullopt;
      fds[0].revents = fds[1].revents = 0;
    }
  }

 private:
  const std::function<absl::Duration()>& time_left_;
  const absl::Duration end_;  // in terms of time_left
  const int cancel_fd_;
};

// One lookup, shared by who waits for it and the thread that does it.
struct Resolution {
  ~Resolution() {
    if (addresses != nullptr) ::freeaddrinfo(addresses);
  }
  std::string host;
  std::string service;
  Lookup lookup;
  Descriptor done{::eventfd(0, EFD_CLOEXEC)};
  int error = 0;
  addrinfo* addresses = nullptr;
};

std::variant<std::shared_ptr<Resolution>, TransportFailure> Resolve(const std::string& host, int port,
                                                                    const Timer& timer, const Lookup& lookup) {
  auto resolution = std::make_shared<Resolution>();
  resolution->host = host;
  resolution->service = std::to_string(port);
  resolution->lookup = lookup;
  std::thread([resolution] {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* addresses = nullptr;
    resolution->error = resolution->lookup(resolution->host.c_str(), resolution->service.c_str(), &hints, &addresses);
    if (resolution->error == 0) resolution->addresses = addresses;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(resolution->done.get(), &one, sizeof(one));
  }).detach();
  if (auto failure = timer.Await(resolution->done.get(), POLLIN,
                                 fmt::format("the name service did not answer for {} in time", host))) {
    return *std::move(failure);
  }
  std::uint64_t one = 0;
  [[maybe_unused]] const ssize_t taken = ::read(resolution->done.get(), &one, sizeof(one));
  if (resolution->error != 0) {
    return TransportFailure{TransportError::kUnresolved,
                            fmt::format("{}: {}", host, ::gai_strerror(resolution->error))};
  }
  return resolution;
}

std::variant<int, TransportFailure> ConnectTo(const addrinfo& address, const std::string& name, const Timer& timer) {
  Descriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto refused = [&](int error) {
    return TransportFailure{TransportError::kConnect, fmt::format("{}: {}", name, std::strerror(error))};
  };
  if (fd.get() < 0) return refused(errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return refused(errno);
    if (auto failure = timer.Await(fd.get(), POLLOUT, fmt::format("{} did not accept a connection in time", name))) {
      return *std::move(failure);
    }
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return refused(error);
  }
  return fd.Release();
}

std::variant<int, TransportFailure> Connect(const std::string& host, int port, const std::string& name,
                                            const Timer& timer, const Lookup& lookup) {
  const auto resolved = Resolve(host, port, timer, lookup);
  if (const auto* failure = std::get_if<TransportFailure>(&resolved)) return *failure;
  std::variant<int, TransportFailure> result =
      TransportFailure{TransportError::kUnresolved, fmt::format("{} has no address", host)};
  for (const addrinfo* address = std::get<0>(resolved)->addresses; address != nullptr; address = address->ai_next) {
    result = ConnectTo(*address, name, timer);
    const auto* failure = std::get_if<TransportFailure>(&result);
    if (failure == nullptr || failure->error == TransportError::kCanceled) break;
  }
  return result;
}

// Asks the proxy for a tunnel. Reads byte by byte, because what follows belongs to TLS.
std::optional<TransportFailure> OpenTunnel(int fd, const Route& route, const WireLimits& limits, const Timer& timer) {
  const Proxy& proxy = *route.proxy;
  const bool ipv6 = route.origin.host.find(':') != std::string::npos;
  const std::string target =
      fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), route.origin.host, route.origin.port);
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (!proxy.credentials.empty()) {
    const std::string_view plain = proxy.credentials.Reveal();
    request += fmt::format("Proxy-Authorization: Basic {}\r\n", absl::Base64Escape({plain.data(), plain.size()}));
  }
  request += "\r\n";
  const std::string late = fmt::format("the proxy {} did not answer in time", proxy.ToString());
  const auto lost = [&] {
    return TransportFailure{TransportError::kConnect, fmt::format("the proxy {} hung up", proxy.ToString())};
  };
  for (std::string_view rest = request; !rest.empty();) {
    if (auto failure = timer.Await(fd, POLLOUT, late)) return failure;
    const ssize_t n = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return lost();
    rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    if (head.size() >= limits.line_bytes) {
      return TransportFailure{
          TransportError::kTooLarge,
          fmt::format("the answer of the proxy {} is longer than {} bytes", proxy.ToString(), limits.line_bytes)};
    }
    if (auto failure = timer.Await(fd, POLLIN, late)) return failure;
    char byte = 0;
    const ssize_t n = ::recv(fd, &byte, 1, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return lost();
    if (n == 1) head += byte;
  }
  const std::string line = head.substr(0, head.find('\r'));
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = kVersion.size() + 2;
  if (!line.starts_with(kVersion) || line.substr(kStatusAt - 1, 2) != " 2") {
    constexpr std::size_t kShown = 64;
    std::string shown = line.substr(0, kShown);
    std::replace_if(
        shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, ' ');
    return TransportFailure{TransportError::kConnect,
                            fmt::format("the proxy {} refused a tunnel to {}: {}", proxy.ToString(), target, shown)};
  }
  return std::nullopt;
}

}  // namespace

std::variant<int, TransportFailure> Dial(const Route& route, const WireLimits& limits,
                                         const std::function<absl::Duration()>& time_left, int cancel_fd,
                                         const Lookup& lookup) {
  const Timer connecting(time_left, limits.connect, cancel_fd);
  if (!route.proxy) {
    return Connect(route.origin.host, route.origin.port, route.origin.ToString(), connecting, lookup);
  }
  auto result = Connect(route.proxy->host, route.proxy->port, fmt::format("the proxy {}", route.proxy->ToString()),
                        connecting, lookup);
  if (!std::holds_alternative<int>(result)) return result;
  Descriptor fd(std::get<int>(result));
  const Timer tunnelling(time_left, limits.connect, cancel_fd);
  if (auto failure = OpenTunnel(fd.get(), route, limits, tunnelling)) return *std::move(failure);
  return fd.Release();
}

}  // namespace connector
