// A httplib stream over a connected socket that keeps WireLimits and the request's deadline. httplib 0.11 itself has
// neither: it crashes on a long status line, reads headers without end, and counts its timeout anew with every recv().
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "connector/core/limits.h"
#include "connector/http/httplib_guard.h"
#include "connector/http/message.h"

namespace connector {

// What the stream saw of one exchange; outlives it.
struct WireReport {
  std::optional<TransportFailure> failure;  // set by whatever ended the exchange first
  std::string head;                         // raw bytes of the final response's status line and headers
  bool head_complete = false;
  bool any_bytes = false;  // of a response
  bool peer_closed = false;
};

class BoundedStream final : public httplib::Stream {
 public:
  // `socket` is set to non-blocking. `time_left` gives the time to the deadline, at or below zero once it passed. A
  // readable `cancel_fd` ends the exchange. All references outlive the stream.
  BoundedStream(int socket, SSL* ssl, const WireLimits& limits, const std::function<absl::Duration()>& time_left,
                int cancel_fd, WireReport& report);

  // Reads what a peer has sent before it closed the connection, without a socket; what is written goes nowhere.
  BoundedStream(std::string_view recorded, const WireLimits& limits, const std::function<absl::Duration()>& time_left,
                WireReport& report);

  // Bytes that the peer sent beyond the response.
  bool has_unread_bytes() const { return position_ < buffer_.size(); }

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* ptr, std::size_t size) override;
  ssize_t write(const char* ptr, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  // One non-blocking read into the buffer after waiting for it. False at the end of the stream or on failure.
  bool Fill();
  // Waits for `events` on the socket. False if the deadline passed or the driver was shut down.
  bool AwaitSocket(short events);
  // Follows the head byte by byte and enforces its limits.
  bool TrackHead(char c);
  void Fail(TransportError error, std::string detail);

  const int socket_ = -1;
  SSL* const ssl_ = nullptr;
  const bool recorded_ = false;  // the buffer is all there is
  const WireLimits& limits_;
  const std::function<absl::Duration()>& time_left_;
  const int cancel_fd_ = -1;
  WireReport& report_;
  std::string buffer_;
  std::size_t position_ = 0;
  std::size_t line_bytes_ = 0;
  std::size_t head_bytes_ = 0;
};

}  // namespace connector
