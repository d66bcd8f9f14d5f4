#include "mock_registry/transport/http_server.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "connector/http/httplib_guard.h"
#include "mock_registry/transport/thread_pool.h"
#include "mock_registry/transport/wire.h"

namespace mock_registry {
namespace {

using connector::HttpRequest;
using connector::Instant;

constexpr int kBacklog = 4096;
constexpr std::size_t kReadSize = 16 * 1024;

// Once a request is answered, what httplib writes of its own is dropped.
class Connection final : public httplib::Stream {
 public:
  Connection(int socket, int stop_fd) : socket_(socket), stop_fd_(stop_fd) {
    const int flags = ::fcntl(socket_, F_GETFL, 0);
    ::fcntl(socket_, F_SETFL, flags | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

  // False if the client closed the connection or the server stops.
  bool AwaitRequest() {
    ++requests_;
    return position_ < buffer_.size() || Fill();
  }
  // That came so far, the one awaited included.
  std::uint64_t requests() const { return requests_; }

  void Answer(WireReply reply, absl::Duration delay, const WireFault& fault) {
    reply_ = std::move(reply);
    delay_ = delay;
    fault_ = fault;
  }

  // Sends the answer, if there is one. False if the connection is to be closed.
  bool Flush() {
    if (!reply_) return true;
    const WireReply reply = *std::exchange(reply_, std::nullopt);
    if (!Sleep(delay_)) return false;
    bool sent = true;
    for (std::size_t at = 0; sent && at < reply.bytes.size();) {
      const Burst burst = NextBurst(fault_, at, reply.bytes.size());
      sent = Sleep(burst.pause) && Send(reply.bytes.data() + at, burst.size);
      at += burst.size;
    }
    if (reply.reset) {
      const linger at_once{1, 0};
      ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      reset_ = true;
    }
    return sent && !reply.close && !reply.reset;
  }

  // Closing now resets the connection.
  bool reset() const { return reset_; }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }

  ssize_t read(char* ptr, std::size_t size) override {
    if (position_ == buffer_.size() && !Fill()) return 0;
    const std::size_t count = std::min(size, buffer_.size() - position_);
    std::memcpy(ptr, buffer_.data() + position_, count);
    position_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* ptr, std::size_t size) override {
    if (reply_) return static_cast<ssize_t>(size);
    return Send(ptr, size) ? static_cast<ssize_t>(size) : -1;
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override { Clear(ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { Clear(ip, port); }
  socket_t socket() const override { return socket_; }

 private:
  static void Clear(std::string& ip, int& port) {
    ip.clear();
    port = 0;
  }

  // False once the server stops.
  bool Await(short events) const {
    pollfd fds[] = {{socket_, events, 0}, {stop_fd_, POLLIN, 0}};
    while (::poll(fds, 2, -1) < 0) {
      if (errno != EINTR) return false;
    }
    return fds[1].revents == 0;
  }

  // False if the server stopped meanwhile.
  bool Sleep(absl::Duration time) const {
    if (time <= absl::ZeroDuration()) return true;
    pollfd stop = {stop_fd_, POLLIN, 0};
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(time);
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
      if (left <= 0) return true;
      constexpr std::int64_t kLongestPoll = 60'000;
      if (::poll(&stop, 1, static_cast<int>(std::min<std::int64_t>(left, kLongestPoll))) > 0) return false;
    }
  }

  bool Fill() {
    buffer_.resize(kReadSize);
    position_ = 0;
    while (true) {
      const ssize_t n = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (n > 0) {
        buffer_.resize(static_cast<std::size_t>(n));
        return true;
      }
      const bool again = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
      if (!again || !Await(POLLIN)) break;
    }
    buffer_.clear();
    return false;
  }

  bool Send(const char* ptr, std::size_t size) const {
    while (size > 0) {
      const ssize_t n = ::send(socket_, ptr, size, MSG_NOSIGNAL);
      if (n > 0) {
        ptr += n;
        size -= static_cast<std::size_t>(n);
        continue;
      }
      const bool again = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
      if (!again || !Await(POLLOUT)) return false;
    }
    return true;
  }

  const int socket_;
  const int stop_fd_;
  std::string buffer_;
  std::size_t position_ = 0;
  std::optional<WireReply> reply_;
  absl::Duration delay_;
  WireFault fault_;
  std::uint64_t requests_ = 0;
  bool reset_ = false;
};

// The connection that this thread serves; httplib's handlers have no other way to it.
thread_local Connection* current_connection = nullptr;

HttpRequest ToRequest(const httplib::Request& received) {
  HttpRequest request;
  request.method = received.method;
  request.target = received.target;
  for (const auto& [name, value] : received.headers) request.headers.emplace_back(name, value);
  request.body = received.body;
  return request;
}

}  // namespace

class HttpServer::Impl final : public httplib::Server {
 public:
  explicit Impl(mock_registry::Handler handler) : handler_(std::move(handler)), stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
    // SO_REUSEADDR alone: httplib's default, SO_REUSEPORT, lets two servers share a port in silence.
    set_socket_options([this](socket_t socket) {
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
      listener_ = socket;
    });
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, response);
    };
    // Requests without a body are answered before httplib tries its regular expressions on the path.
    set_pre_routing_handler([answer](const httplib::Request& request, httplib::Response& response) {
      if (request.method != "GET" && request.method != "HEAD") return HandlerResponse::Unhandled;
      answer(request, response);
      return HandlerResponse::Handled;
    });
    constexpr const char* kAnyPath = "[^]*";
    Post(kAnyPath, answer);
    Put(kAnyPath, answer);
    Patch(kAnyPath, answer);
    Delete(kAnyPath, answer);
    Options(kAnyPath, answer);
  }

  ~Impl() override {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(stop_fd_, &one, sizeof(one));
    stop();
    if (thread_.joinable()) thread_.join();
    ::close(stop_fd_);
  }

  absl::StatusOr<int> Listen(const ServerOptions& options) {
    requests_per_connection_ = options.requests_per_connection;
    new_task_queue = [most = options.connections] { return new GrowingThreadPool(most); };
    const int port = options.port == 0 ? bind_to_any_port(options.host)
                                       : (bind_to_port(options.host, options.port) ? options.port : -1);
    if (port < 0) {
      return absl::UnavailableError(
          fmt::format("cannot listen on {}:{}: {}. Is the port taken, and the address one of this machine?",
                      options.host, options.port, std::strerror(errno)));
    }
    ::listen(listener_, kBacklog);  // again: the package was built with a backlog of 5
    thread_ = std::thread([this] { listen_after_bind(); });
    while (!is_running()) std::this_thread::yield();  // stop() does nothing before
    return port;
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    bool reset = false;
    {
      Connection connection(socket, stop_fd_);
      current_connection = &connection;
      bool closed = false;
      while (!closed && connection.requests() < requests_per_connection_ && connection.AwaitRequest()) {
        if (!process_request(connection, /*close_connection=*/false, closed, nullptr)) break;
        if (!connection.Flush()) break;
      }
      current_connection = nullptr;
      reset = connection.reset();
    }
    if (reset) {
      ::close(socket);
      return true;
    }
    // What the client still sends is read, so that closing does not turn into a reset that would cost it our last
    // reply.
    ::shutdown(socket, SHUT_WR);
    char rest[kReadSize];
    while (::recv(socket, rest, sizeof(rest), MSG_DONTWAIT) > 0) {
    }
    ::close(socket);
    return true;
  }

  void Answer(const httplib::Request& received, httplib::Response& response) {
    const HttpRequest request = ToRequest(received);
    const auto connection = connector::FindHeader(request.headers, "connection");
    const bool close =
        received.version == "HTTP/1.0" || (connection && ::strncasecmp(connection->data(), "close", 5) == 0);
    Reply reply;
    {
      const std::lock_guard lock(mutex_);
      const Instant now(absl::FromChrono(std::chrono::steady_clock::now() - start_));
      reply = handler_(request, {now, current_connection->requests()});
    }
    current_connection->Answer(RenderReply(reply, request.method == "HEAD", close), reply.delay, reply.fault);
    response.status = 200;  // of the reply that is dropped
  }

  const mock_registry::Handler handler_;
  const int stop_fd_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;  // the one place where requests are put in order
  std::uint64_t requests_per_connection_ = 0;
  socket_t listener_ = INVALID_SOCKET;
  std::thread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl, std::string host, int port)
    : impl_(std::move(impl)), host_(std::move(host)), port_(port) {}
HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Handler handler, const ServerOptions& options) {
  auto impl = std::make_unique<Impl>(std::move(handler));
  ASSIGN_OR_RETURN(const int port, impl->Listen(options));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl), options.host, port));
}

std::string HttpServer::base_url() const {
  const bool ipv6 = host_.find(':') != std::string::npos;
  return ipv6 ? fmt::format("http://[{}]:{}", host_, port_) : fmt::format("http://{}:{}", host_, port_);
}

}  // namespace mock_registry
