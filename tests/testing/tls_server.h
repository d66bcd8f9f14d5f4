// A TLS server whose certificate is made when it starts.
#pragma once

#include <memory>
#include <string>

namespace testing_util {

struct TlsServerOptions {
  std::string certificate_host = "127.0.0.1";  // an IP address or a DNS name
  bool expired = false;
};

// Serves `body` for every GET on 127.0.0.1.
class TlsServer {
 public:
  TlsServer(const TlsServerOptions& options, const std::string& body);
  ~TlsServer();

  std::string base_url() const;
  // The certificate in PEM, which is its own authority.
  const std::string& certificate() const;
  // How many arrived.
  int requests() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace testing_util
