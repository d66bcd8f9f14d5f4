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
#include <thread>
#include <vector>

namespace testing_util {

class RawServer {
 public:
  // As a reply: nothing, and the connection stays open until the client closes it.
  static constexpr const char* kSilence = "(silence)";

  // `replies[i]` answers connection i: sent once a blank line or something that is not HTTP came, then the connection
  // is closed.
  explicit RawServer(std::vector<std::string> replies) : replies_(std::move(replies)) {
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

  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void Serve() {
    while (!stopping_) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const std::size_t index = std::min<std::size_t>(connections_++, replies_.size() - 1);
      std::string request;
      char byte = 0;
      while (!IsWhole(request) && ::recv(socket, &byte, 1, 0) == 1) request += byte;
      if (replies_[index] == kSilence) {
        while (::recv(socket, &byte, 1, 0) == 1) {
        }
      } else {
        Send(socket, replies_[index]);
      }
      ::close(socket);
    }
  }

  static bool IsWhole(const std::string& request) {
    return request.ends_with("\r\n\r\n") || (!request.empty() && request[0] != 'G');
  }

  static void Send(int socket, const std::string& reply) {
    std::size_t sent = 0;
    while (sent < reply.size()) {
      const ssize_t n = ::send(socket, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  }

  const std::vector<std::string> replies_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace testing_util
