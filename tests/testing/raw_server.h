// A server that sends bytes, whatever they mean. Each connection gets the next script; the last one repeats.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace testing_util {

class RawServer {
 public:
  // As a reply: nothing, and the connection stays open until the client closes it.
  static constexpr const char* kSilence = "(silence)";

  // `replies[i]` answers connection i: sent once a blank line or something that is not HTTP came, then the connection
  // is closed.
  explicit RawServer(std::vector<std::string> replies)
      : RawServer([replies = std::move(replies)](int socket, std::size_t connection) {
          const std::string& reply = replies[std::min(connection, replies.size() - 1)];
          if (reply == kSilence) return AwaitClose(socket);
          Send(socket, reply);
        }) {}

  // Calls `answer` with the socket and the index of the connection in place of that.
  explicit RawServer(std::function<void(int socket, std::size_t connection)> answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::listen(listener_, 16);
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }

  ~RawServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  // False once the client has closed the connection.
  static bool Send(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  static void AwaitClose(int socket) {
    char byte = 0;
    while (::recv(socket, &byte, 1, 0) == 1) {
    }
  }

  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void Serve() {
    while (!stopping_) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const auto index = static_cast<std::size_t>(connections_++);
      std::string request;
      char byte = 0;
      while (!IsWhole(request) && ::recv(socket, &byte, 1, 0) == 1) request += byte;
      answer_(socket, index);
      ::close(socket);
    }
  }

  static bool IsWhole(const std::string& request) {
    return request.ends_with("\r\n\r\n") || (!request.empty() && request[0] != 'G');
  }

  const std::function<void(int, std::size_t)> answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace testing_util
