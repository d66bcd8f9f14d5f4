#include "connector/http/bounded_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace connector {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

// Informational responses (1xx) come before the final one and have a head of their own.
bool IsInformational(std::string_view head) { return head.starts_with("HTTP/1.") && head.substr(8, 2) == " 1"; }

}  // namespace

BoundedStream::BoundedStream(int socket, SSL* ssl, const WireLimits& limits,
                             const std::function<absl::Duration()>& time_left, int cancel_fd, WireReport& report)
    : socket_(socket), ssl_(ssl), limits_(limits), time_left_(time_left), cancel_fd_(cancel_fd), report_(report) {
  const int flags = ::fcntl(socket_, F_GETFL, 0);
  ::fcntl(socket_, F_SETFL, flags | O_NONBLOCK);
}

BoundedStream::BoundedStream(std::string_view recorded, const WireLimits& limits,
                             const std::function<absl::Duration()>& time_left, WireReport& report)
    : recorded_(true), limits_(limits), time_left_(time_left), report_(report), buffer_(recorded) {
  report_.any_bytes = !recorded.empty();
}

bool BoundedStream::is_readable() const { return true; }
bool BoundedStream::is_writable() const { return true; }

void BoundedStream::Fail(TransportError error, std::string detail) {
  if (!report_.failure) report_.failure = TransportFailure{error, std::move(detail)};
}

bool BoundedStream::AwaitSocket(short events) {
  while (true) {
    const absl::Duration left = time_left_();
    if (left <= absl::ZeroDuration()) {
      Fail(TransportError::kTimeout, report_.any_bytes ? "the response did not end in time" : "no response in time");
      return false;
    }
    pollfd fds[] = {{socket_, events, 0}, {cancel_fd_, POLLIN, 0}};
    constexpr absl::Duration kLongestPoll = absl::Minutes(10);
    const int milliseconds = static_cast<int>(absl::ToInt64Milliseconds(std::min(left, kLongestPoll))) + 1;
    const int ready = ::poll(fds, 2, milliseconds);
    if (ready < 0 && errno != EINTR) {
      Fail(TransportError::kClosed, fmt::format("poll: {}", std::strerror(errno)));
      return false;
    }
    if (fds[1].revents != 0) {
      Fail(TransportError::kCanceled, "shut down");
      return false;
    }
    if (fds[0].revents != 0) return true;
  }
}

bool BoundedStream::Fill() {
  if (recorded_) {
    report_.peer_closed = true;
    return false;
  }
  buffer_.resize(kReadSize);
  position_ = 0;
  while (true) {
    // Checked before every read, so that a drip of single bytes meets the deadline too.
    if (time_left_() <= absl::ZeroDuration()) {
      Fail(TransportError::kTimeout, report_.any_bytes ? "the response did not end in time" : "no response in time");
      break;
    }
    short wait_for = POLLIN;
    ssize_t n = 0;
    if (ssl_ != nullptr) {
      n = SSL_read(ssl_, buffer_.data(), static_cast<int>(buffer_.size()));
      if (n <= 0) {
        const int error = SSL_get_error(ssl_, static_cast<int>(n));
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
          wait_for = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        } else {
          report_.peer_closed = true;
          break;
        }
      }
    } else {
      n = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        report_.peer_closed = true;
        break;
      }
    }
    if (n > 0) {
      report_.any_bytes = true;
      buffer_.resize(static_cast<std::size_t>(n));
      return true;
    }
    if (!AwaitSocket(wait_for)) break;
  }
  buffer_.clear();
  return false;
}

bool BoundedStream::TrackHead(char c) {
  report_.head += c;
  ++line_bytes_;
  ++head_bytes_;
  if (line_bytes_ > limits_.line_bytes) {
    Fail(TransportError::kTooLarge, fmt::format("a header line is longer than {} bytes", limits_.line_bytes));
    return false;
  }
  if (head_bytes_ > limits_.head_bytes) {
    Fail(TransportError::kTooLarge, fmt::format("the headers are longer than {} bytes", limits_.head_bytes));
    return false;
  }
  if (c != '\n') return true;
  const bool blank = line_bytes_ <= 2;
  line_bytes_ = 0;
  if (!blank) return true;
  if (IsInformational(report_.head)) {
    report_.head.clear();
  } else {
    report_.head_complete = true;
  }
  return true;
}

ssize_t BoundedStream::read(char* ptr, std::size_t size) {
  if (report_.failure) return -1;
  if (position_ == buffer_.size() && !Fill()) return report_.failure ? -1 : 0;
  const std::size_t available = buffer_.size() - position_;
  // httplib reads the head byte by byte, so a larger read never spans its end.
  const std::size_t count = report_.head_complete ? std::min(size, available) : std::min<std::size_t>(size, 1);
  if (count == 0) return 0;
  std::memcpy(ptr, buffer_.data() + position_, count);
  position_ += count;
  if (!report_.head_complete && !TrackHead(*ptr)) return -1;
  return static_cast<ssize_t>(count);
}

ssize_t BoundedStream::write(const char* ptr, std::size_t size) {
  if (recorded_) return static_cast<ssize_t>(size);
  std::size_t written = 0;
  while (written < size) {
    short wait_for = POLLOUT;
    ssize_t n = 0;
    if (ssl_ != nullptr) {
      n = SSL_write(ssl_, ptr + written, static_cast<int>(size - written));
      if (n <= 0) {
        const int error = SSL_get_error(ssl_, static_cast<int>(n));
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
        wait_for = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      }
    } else {
      n = ::send(socket_, ptr + written, size - written, MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return -1;
    }
    if (n > 0) {
      written += static_cast<std::size_t>(n);
    } else if (!AwaitSocket(wait_for)) {
      return -1;
    }
  }
  return static_cast<ssize_t>(written);
}

// httplib asks for these only on servers and in loggers.
void BoundedStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}
void BoundedStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace connector
