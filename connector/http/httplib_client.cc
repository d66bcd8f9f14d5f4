#include "connector/http/httplib_client.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "connector/http/bounded_stream.h"
#include "connector/http/dial.h"
#include "connector/http/gunzip.h"
#include "connector/http/httplib_guard.h"

namespace connector {
namespace {

// httplib writes header values as they are, CR and LF included.
bool IsSafeOnTheWire(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

Headers ParseHead(std::string_view head) {
  Headers headers;
  head.remove_prefix(std::min(head.find('\n') + 1, head.size()));
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    headers.emplace_back(line.substr(0, colon), value);
  }
  return headers;
}

// Runs httplib's side of an exchange, and finds what the peer sent too much.
bool RunOver(BoundedStream& stream, const std::function<bool(httplib::Stream&)>& callback, WireReport& report) {
  if (!callback(stream)) return false;
  if (!stream.has_unread_bytes()) return true;
  report.failure = TransportFailure{TransportError::kMalformed, "more bytes than the response announced"};
  return false;
}

// Routes httplib's traffic through a BoundedStream, over a socket of our own making. Overrides private virtual
// functions, which the version check in httplib_guard.h makes safe.
template <typename Base>
class Bounded final : public Base {
 public:
  Bounded(const ConnectionOptions& options, int cancel_fd)
      : Base(options.origin.host, options.origin.port), options_(options), cancel_fd_(cancel_fd) {
    this->set_keep_alive(true);
    this->set_follow_location(false);
    this->set_url_encode(false);
    this->set_decompress(false);
  }

  bool Exchange(httplib::Request& request, httplib::Response& response, httplib::Error& error,
                const std::function<absl::Duration()>& time_left, WireReport& report) {
    time_left_ = &time_left;
    report_ = &report;
    const absl::Duration connect = std::min(options_.limits.connect, std::max(time_left(), absl::Milliseconds(1)));
    const auto microseconds = absl::ToInt64Microseconds(connect);
    this->set_connection_timeout(microseconds / 1'000'000, microseconds % 1'000'000);
    return this->send(request, response, error);
  }

 private:
  bool create_and_connect_socket(typename Base::Socket& socket, httplib::Error& error) override {
    if (!this->is_valid()) return false;
    auto dialled = Dial({options_.origin, options_.proxy}, options_.limits, *time_left_, cancel_fd_);
    if (auto* failure = std::get_if<TransportFailure>(&dialled)) {
      report_->failure = std::move(*failure);
      error = httplib::Error::Connection;
      return false;
    }
    socket.sock = std::get<int>(dialled);
    return true;
  }

  bool process_socket(const typename Base::Socket& socket, std::function<bool(httplib::Stream&)> callback) override {
    BoundedStream stream(socket.sock, socket.ssl, options_.limits, *time_left_, cancel_fd_, *report_);
    return RunOver(stream, callback, *report_);
  }

  const ConnectionOptions& options_;
  const int cancel_fd_;
  const std::function<absl::Duration()>* time_left_ = nullptr;
  WireReport* report_ = nullptr;
};

// Takes the bytes of a recorded reply for those of a connection.
class Recorded final : public httplib::ClientImpl {
 public:
  Recorded(std::string_view bytes, const WireLimits& limits)
      : httplib::ClientImpl("recorded", 80), bytes_(bytes), limits_(limits) {
    set_url_encode(false);
    set_decompress(false);
  }

  bool Exchange(httplib::Request& request, httplib::Response& response, httplib::Error& error,
                const std::function<absl::Duration()>& time_left, WireReport& report) {
    time_left_ = &time_left;
    report_ = &report;
    return send(request, response, error);
  }

 private:
  bool create_and_connect_socket(Socket&, httplib::Error&) override { return true; }

  bool process_socket(const Socket&, std::function<bool(httplib::Stream&)> callback) override {
    BoundedStream stream(bytes_, limits_, *time_left_, *report_);
    return RunOver(stream, callback, *report_);
  }

  const std::string_view bytes_;
  const WireLimits& limits_;
  const std::function<absl::Duration()>* time_left_ = nullptr;
  WireReport* report_ = nullptr;
};

constexpr std::string_view kMaskedToken = "(the token)";

using PlainClient = Bounded<httplib::ClientImpl>;
using TlsClient = Bounded<httplib::SSLClient>;

template <typename Client>
TransportFailure ExplainCertificate(const Client& client) {
  if constexpr (std::is_base_of_v<httplib::SSLClient, Client>) {
    const long result = client.get_openssl_verify_result();
    if (result != X509_V_OK) return {TransportError::kCertificate, X509_verify_cert_error_string(result)};
  }
  return {TransportError::kCertificate, "the certificate is not for this host name"};
}

template <typename Client>
TransportFailure Explain(const Client& client, const ConnectionOptions& options, httplib::Error error,
                         const WireReport& report) {
  if (report.failure) return *report.failure;
  switch (error) {
    case httplib::Error::SSLConnection:
      return {TransportError::kTls, fmt::format("{} does not speak TLS 1.2 or later", options.origin.ToString())};
    case httplib::Error::SSLLoadingCerts:
      return {TransportError::kTls, options.ca_file.empty()
                                        ? "cannot load the system's certificate store"
                                        : fmt::format("cannot load certificates from {}", options.ca_file)};
    case httplib::Error::SSLServerVerification:
      return ExplainCertificate(client);
    case httplib::Error::Write:
      return {TransportError::kClosed, "the connection was lost while sending"};
    default:
      break;
  }
  if (!report.any_bytes) return {TransportError::kClosed, "the connection was closed without a reply"};
  if (!report.head_complete) {
    if (report.peer_closed) return {TransportError::kClosed, "the connection was closed within the headers"};
    return {TransportError::kMalformed, "the reply does not start like an HTTP/1 response"};
  }
  if (report.peer_closed) return {TransportError::kTruncated, "the connection was closed before the end of the body"};
  return {TransportError::kMalformed, "the body does not decode"};
}

// Headers and body as they come, the body decompressed and capped.
class Message {
 public:
  Message(const WireLimits& limits, WireReport& report) : limits_(limits), report_(report) {}

  // False ends the exchange; the report has the reason then.
  bool Add(std::string_view data) {
    if (!started_) Start();
    if (report_.failure) return false;
    // What grows by doubling is there twice while it is copied. Memory that is not written to costs nothing.
    constexpr std::size_t kSmall = 1024 * 1024;
    if (body_.size() > kSmall) body_.reserve(limits_.body_bytes);
    if (gunzip_) {
      const absl::Status status = gunzip_->Add(data, limits_.body_bytes, body_);
      if (status.ok()) return true;
      return Fail(absl::IsDataLoss(status) ? TransportError::kMalformed : TransportError::kTooLarge,
                  std::string(status.message()));
    }
    if (body_.size() + data.size() > limits_.body_bytes) {
      return Fail(TransportError::kTooLarge, fmt::format("the body is longer than {} bytes", limits_.body_bytes));
    }
    body_.append(data);
    return true;
  }

  // Once the response ended.
  bool Finish() {
    if (!started_) Start();
    if (report_.failure) return false;
    // httplib takes the end of the connection for that of the body, between two chunks too. Nobody can tell whether
    // that was all; of a refusal it does not matter.
    constexpr std::size_t kStatusAt = std::string_view("HTTP/1.1 ").size();
    const bool accepted = report_.head.size() > kStatusAt && report_.head[kStatusAt] == '2';
    if (report_.peer_closed && accepted) {
      return Fail(TransportError::kTruncated, "the connection was closed before the end of the body");
    }
    if (gunzip_ && !gunzip_->complete()) return Fail(TransportError::kTruncated, "the compressed body lacks its end");
    return true;
  }

  Headers& headers() { return headers_; }
  std::string& body() { return body_; }

 private:
  // Looks at the head, which is complete by now.
  void Start() {
    started_ = true;
    headers_ = ParseHead(report_.head);
    const std::string_view encoding = FindHeader(headers_, "content-encoding").value_or("identity");
    if (encoding == "gzip" || encoding == "x-gzip") {
      gunzip_.emplace();
    } else if (encoding != "identity") {
      Fail(TransportError::kMalformed, "the body has a content encoding that was not asked for");
    }
    std::optional<std::string_view> length;
    for (const auto& [name, value] : headers_) {
      if (!EqualIgnoringCase(name, "content-length")) continue;
      if (length && *length != value) Fail(TransportError::kMalformed, "two headers give different lengths");
      length = value;
    }
  }

  bool Fail(TransportError error, std::string detail) {
    if (!report_.failure) report_.failure = TransportFailure{error, std::move(detail)};
    return false;
  }

  const WireLimits& limits_;
  WireReport& report_;
  Headers headers_;
  std::string body_;
  std::optional<Gunzip> gunzip_;
  bool started_ = false;
};

template <typename Client>
std::variant<HttpResponse, TransportFailure> Receive(Client& client, httplib::Request& wire,
                                                     const ConnectionOptions& options,
                                                     const std::function<absl::Duration()>& time_left,
                                                     WireReport& report) {
  Message message(options.limits, report);
  wire.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    return message.Add({data, size});
  };
  httplib::Response received;
  httplib::Error error = httplib::Error::Success;
  if (!client.Exchange(wire, received, error, time_left, report) || !message.Finish()) {
    return Explain(client, options, error, report);
  }
  HttpResponse response;
  response.status = received.status;
  response.headers = std::move(message.headers());
  response.body = std::move(message.body());
  return response;
}

template <typename Client>
class ClientOf final : public HttplibClient {
 public:
  ClientOf(const ConnectionOptions& options, int cancel_fd) : options_(options), client_(options, cancel_fd) {
    if constexpr (std::is_base_of_v<httplib::SSLClient, Client>) {
      if (!options.ca_file.empty()) client_.set_ca_cert_path(options.ca_file);
      SSL_CTX_set_min_proto_version(client_.ssl_context(), TLS1_2_VERSION);
    }
  }

  std::variant<HttpResponse, TransportFailure> Perform(const HttpRequest& request,
                                                       const std::function<absl::Duration()>& time_left) override {
    const bool reused = client_.is_socket_open() != 0;
    WireReport report;
    auto result = Attempt(request, time_left, report);
    const bool closed_while_idle = reused && !report.any_bytes && (!report.failure || report.peer_closed);
    if (std::holds_alternative<TransportFailure>(result) && closed_while_idle) {
      report = WireReport();
      result = Attempt(request, time_left, report);
    }
    return result;
  }

 private:
  std::variant<HttpResponse, TransportFailure> Attempt(const HttpRequest& request,
                                                       const std::function<absl::Duration()>& time_left,
                                                       WireReport& report) {
    httplib::Request wire;
    wire.method = request.method;
    wire.path = options_.origin.path_prefix + request.target;
    wire.body = request.body;
    for (const auto& [name, value] : request.headers) wire.headers.emplace(name, value);
    wire.headers.emplace("User-Agent", options_.user_agent);
    wire.headers.emplace("Accept-Encoding", "identity");
    if (!options_.token.empty()) {
      wire.headers.emplace("Authorization", fmt::format("Bearer {}", options_.token.Reveal()));
    }
    if (!IsSafeOnTheWire(wire.path)) return TransportFailure{TransportError::kMalformed, "not sent: unsafe path"};
    for (const auto& [name, value] : wire.headers) {
      if (!IsSafeOnTheWire(value)) {
        return TransportFailure{TransportError::kMalformed, fmt::format("not sent: unsafe {} header", name)};
      }
    }

    return WithoutToken(Receive(client_, wire, options_, time_left, report));
  }

  // Some servers quote a token that they refuse, and what is in an error gets into logs. A good answer has no business
  // with it.
  std::variant<HttpResponse, TransportFailure> WithoutToken(std::variant<HttpResponse, TransportFailure> result) const {
    auto* response = std::get_if<HttpResponse>(&result);
    if (response == nullptr || options_.token.empty()) return result;
    const bool accepted = response->status >= 200 && response->status < 300;
    const std::string_view token = options_.token.Reveal();
    if (accepted && response->body.find(token) != std::string::npos) {
      return TransportFailure{TransportError::kMalformed, "the reply holds the access token"};
    }
    const auto mask = [&](std::string& text) {
      for (std::size_t at = text.find(token); at != std::string::npos;
           at = text.find(token, at + kMaskedToken.size())) {
        text.replace(at, token.size(), kMaskedToken);
      }
    };
    mask(response->body);
    for (auto& [name, value] : response->headers) mask(value);
    return result;
  }

  const ConnectionOptions& options_;
  Client client_;
};

}  // namespace

std::unique_ptr<HttplibClient> HttplibClient::Make(const ConnectionOptions& options, int cancel_fd) {
  if (options.origin.tls) return std::make_unique<ClientOf<TlsClient>>(options, cancel_fd);
  return std::make_unique<ClientOf<PlainClient>>(options, cancel_fd);
}

std::variant<HttpResponse, TransportFailure> ReadRecordedReply(std::string_view bytes, const WireLimits& limits) {
  ConnectionOptions options;
  options.limits = limits;
  WireReport report;
  Recorded client(bytes, options.limits);
  httplib::Request wire;
  wire.method = "GET";
  wire.path = "/";
  return Receive(
      client, wire, options, [] { return absl::Hours(1); }, report);
}

}  // namespace connector
