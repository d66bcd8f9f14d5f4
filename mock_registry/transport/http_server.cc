#include "mock_registry/transport/http_server.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <thread>
#include <utility>
#include <vector>

#include "mock_registry/registry/documents.h"
#include "mock_registry/transport/request_parser.h"
#include "mock_registry/transport/wire.h"

namespace mock_registry {
namespace {

using connector::Instant;

constexpr int kBacklog = 4096;
constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// An owned file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// A reply on its way out.
struct Outgoing {
  WireReply wire;
  WireFault fault;
  std::size_t sent = 0;
  std::size_t burst_end = 0;
  bool paused = false;  // the pause before the next burst is over
};

// Writes what is left of the burst, from head and body at once. As send(2).
ssize_t Send(int socket, Outgoing& outgoing) {
  std::string& head = outgoing.wire.head;
  std::string& body = outgoing.wire.body;
  iovec parts[2];
  msghdr message{};
  message.msg_iov = parts;
  if (outgoing.sent < head.size()) {
    const std::size_t end = std::min(outgoing.burst_end, head.size());
    parts[message.msg_iovlen++] = {head.data() + outgoing.sent, end - outgoing.sent};
  }
  if (outgoing.burst_end > head.size()) {
    const std::size_t begin = std::max(outgoing.sent, head.size());
    parts[message.msg_iovlen++] = {body.data() + (begin - head.size()), outgoing.burst_end - begin};
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

struct Connection {
  explicit Connection(int fd) : socket(fd) {}

  Descriptor socket;
  std::uint64_t serial = 0;  // tells connections apart that had the same descriptor
  std::uint32_t interest = EPOLLIN;
  std::string received;  // and not yet answered
  bool continued = false;
  std::uint64_t requests = 0;
  std::optional<Outgoing> outgoing;
};

struct Timer {
  Instant at;
  std::uint64_t sequence = 0;
  int fd = -1;
  std::uint64_t serial = 0;

  friend bool operator>(const Timer& a, const Timer& b) { return a.at == b.at ? a.sequence > b.sequence : b.at < a.at; }
};

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

class HttpServer::Loop {
 public:
  explicit Loop(mock_registry::Handler handler)
      : handler_(std::move(handler)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {}

  ~Loop() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof(one));
    if (thread_.joinable()) thread_.join();
  }

  absl::StatusOr<int> Listen(const ServerOptions& options) {
    requests_per_connection_ = options.requests_per_connection;
    ASSIGN_OR_RETURN(listener_, Bind(options));
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    char port[NI_MAXSERV] = "";
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, nullptr, 0, port, sizeof(port), NI_NUMERICSERV);
    for (const int fd : {listener_.get(), stop_.get(), alarm_.get()}) Watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    thread_ = std::thread([this] { Serve(); });
    return std::stoi(port);
  }

 private:
  static absl::StatusOr<Descriptor> Bind(const ServerOptions& options) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(options.port);
    const int unresolved = ::getaddrinfo(options.host.c_str(), port.c_str(), &hints, &found);
    std::string why = unresolved == 0 ? "" : ::gai_strerror(unresolved);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, [](addrinfo* list) {
      if (list != nullptr) ::freeaddrinfo(list);
    });
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
      Descriptor socket(::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const int on = 1;
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
      if (::bind(socket.get(), each->ai_addr, each->ai_addrlen) == 0 && ::listen(socket.get(), kBacklog) == 0) {
        return socket;
      }
      why = std::strerror(errno);
    }
    return absl::UnavailableError(
        fmt::format("cannot listen on {}:{}: {}. Is the port taken, and the address one of this machine?", options.host,
                    options.port, why));
  }

  Instant Now() const { return Instant(absl::FromChrono(std::chrono::steady_clock::now() - start_)); }

  void Watch(int operation, int fd, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), operation, fd, &event);
  }

  void SetInterest(Connection& connection, std::uint32_t events) const {
    if (connection.interest == events) return;
    connection.interest = events;
    Watch(EPOLL_CTL_MOD, connection.socket.get(), events);
  }

  void Serve() {
    constexpr int kMostEvents = 256;
    epoll_event events[kMostEvents];
    while (true) {
      const int count = ::epoll_wait(epoll_.get(), events, kMostEvents, -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == stop_.get()) return;
        if (fd == listener_.get()) {
          Accept();
        } else if (fd == alarm_.get()) {
          RunTimers();
        } else if (const auto found = connections_.find(fd); found != connections_.end()) {
          OnEvent(found->second, events[i].events);
        }
      }
    }
  }

  void Accept() {
    while (true) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        // Out of descriptors: the rest waits in the backlog until a connection ends.
        if (errno == EMFILE || errno == ENFILE) Watch(EPOLL_CTL_MOD, listener_.get(), 0);
        return;
      }
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      Connection& connection = connections_.emplace(fd, Connection(fd)).first->second;
      connection.serial = ++serials_;
      Watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
  }

  void OnEvent(Connection& connection, std::uint32_t events) {
    if (connection.outgoing) {
      if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        Close(connection);
      } else if (Advance(connection)) {
        AnswerWhatCame(connection);
      }
      return;
    }
    const ssize_t size = ::recv(connection.socket.get(), read_buffer_.data(), read_buffer_.size(), 0);
    if (size < 0 && (WouldBlock() || errno == EINTR)) return;
    if (size <= 0) {
      Close(connection);
      return;
    }
    connection.received.append(read_buffer_.data(), static_cast<std::size_t>(size));
    AnswerWhatCame(connection);
  }

  // Answers requests, one after the other, until one is not whole or its answer has to wait.
  void AnswerWhatCame(Connection& connection) {
    while (!connection.outgoing) {
      const ParsedRequest parsed = ParseRequest(connection.received);
      if (parsed.state == ParsedRequest::State::kPartial) {
        if (parsed.awaits_continue && !std::exchange(connection.continued, true)) {
          ::send(connection.socket.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
        }
        return SetInterest(connection, EPOLLIN);
      }
      if (!Answer(connection, parsed)) return;
    }
  }

  // False if the connection is closed.
  bool Answer(Connection& connection, const ParsedRequest& parsed) {
    Reply reply;
    const bool bad = parsed.state == ParsedRequest::State::kBad;
    const Instant now = Now();
    if (bad) {
      reply.response = ErrorDocument(parsed.status, parsed.problem);
    } else {
      connection.received.erase(0, parsed.size);
      connection.continued = false;
      reply = handler_(parsed.request, {now, ++connection.requests});
    }
    Outgoing& outgoing = connection.outgoing.emplace();
    outgoing.fault = reply.fault;
    const absl::Duration delay = reply.delay;
    outgoing.wire = RenderReply(std::move(reply), parsed.request.method == "HEAD", bad || parsed.close);
    outgoing.wire.close |= connection.requests >= requests_per_connection_;
    if (delay > absl::ZeroDuration()) return Resume(connection, now + delay);
    return Advance(connection);
  }

  // Sends what may be sent now. False if the connection is closed.
  bool Advance(Connection& connection) {
    Outgoing& outgoing = *connection.outgoing;
    while (outgoing.sent < outgoing.wire.size()) {
      if (outgoing.sent == outgoing.burst_end) {
        const Burst burst = NextBurst(outgoing.fault, outgoing.sent, outgoing.wire.size());
        if (burst.pause > absl::ZeroDuration() && !std::exchange(outgoing.paused, true)) {
          return Resume(connection, Now() + burst.pause);
        }
        outgoing.paused = false;
        outgoing.burst_end += burst.size;
      }
      const ssize_t size = Send(connection.socket.get(), outgoing);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && WouldBlock()) {
        SetInterest(connection, EPOLLOUT);
        return true;
      }
      if (size < 0) return Close(connection);
      outgoing.sent += static_cast<std::size_t>(size);
    }
    if (outgoing.wire.reset) {
      const linger at_once{1, 0};
      ::setsockopt(connection.socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
    if (outgoing.wire.close || outgoing.wire.reset) return Close(connection);
    connection.outgoing.reset();
    return true;
  }

  // Goes on at `at`. True, as the connection stays open.
  bool Resume(Connection& connection, Instant at) {
    SetInterest(connection, 0);
    timers_.push({at, ++timer_sequence_, connection.socket.get(), connection.serial});
    SetAlarm();
    return true;
  }

  void SetAlarm() const {
    if (timers_.empty()) return;
    const absl::Duration wait = std::max(timers_.top().at - Now(), absl::Nanoseconds(1));
    itimerspec alarm{};
    alarm.it_value = absl::ToTimespec(wait);
    ::timerfd_settime(alarm_.get(), 0, &alarm, nullptr);
  }

  void RunTimers() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t size = ::read(alarm_.get(), &expirations, sizeof(expirations));
    while (!timers_.empty() && timers_.top().at <= Now()) {
      const Timer timer = timers_.top();
      timers_.pop();
      const auto found = connections_.find(timer.fd);
      if (found == connections_.end() || found->second.serial != timer.serial) continue;
      if (Advance(found->second)) AnswerWhatCame(found->second);
    }
    SetAlarm();
  }

  // False, as Advance() says it.
  bool Close(Connection& connection) {
    const int fd = connection.socket.get();
    if (!connection.outgoing || !connection.outgoing->wire.reset) {
      // What the client still sends is read, so that closing does not turn into a reset that would cost it our last
      // reply.
      ::shutdown(fd, SHUT_WR);
      while (::recv(fd, read_buffer_.data(), read_buffer_.size(), MSG_DONTWAIT) > 0) {
      }
    }
    connections_.erase(fd);
    Watch(EPOLL_CTL_MOD, listener_.get(), EPOLLIN);
    return false;
  }

  const mock_registry::Handler handler_;
  const Descriptor epoll_;
  const Descriptor stop_;   // readable once the server stops
  const Descriptor alarm_;  // readable once the first timer is due
  Descriptor listener_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::uint64_t requests_per_connection_ = 0;
  std::map<int, Connection> connections_;  // by descriptor
  std::uint64_t serials_ = 0;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::uint64_t timer_sequence_ = 0;
  std::string read_buffer_ = std::string(kReadSize, '\0');
  std::thread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Loop> loop, std::string host, int port)
    : loop_(std::move(loop)), host_(std::move(host)), port_(port) {}
HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Handler handler, const ServerOptions& options) {
  auto loop = std::make_unique<Loop>(std::move(handler));
  ASSIGN_OR_RETURN(const int port, loop->Listen(options));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(loop), options.host, port));
}

std::string HttpServer::base_url() const {
  const bool ipv6 = host_.find(':') != std::string::npos;
  return ipv6 ? fmt::format("http://[{}]:{}", host_, port_) : fmt::format("http://{}:{}", host_, port_);
}

}  // namespace mock_registry
