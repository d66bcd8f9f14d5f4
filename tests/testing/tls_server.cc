#include "tests/testing/tls_server.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <thread>

#include "connector/http/httplib_guard.h"

namespace testing_util {
namespace {

constexpr long kDay = 24 * 60 * 60;

bool IsAddress(const std::string& host) { return host.find_first_not_of("0123456789.") == std::string::npos; }

X509* MakeCertificate(EVP_PKEY* key, const TlsServerOptions& options) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.expired ? -kDay : kDay);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const std::string subject = (IsAddress(options.certificate_host) ? "IP:" : "DNS:") + options.certificate_host;
  for (const auto& [nid, value] :
       {std::pair(NID_subject_alt_name, subject), std::pair(NID_basic_constraints, std::string("CA:TRUE"))}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  return certificate;
}

std::string ToPem(X509* certificate) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

}  // namespace

class TlsServer::Impl {
 public:
  Impl(const TlsServerOptions& options, const std::string& body)
      : key_(EVP_EC_gen("P-256")), certificate_(MakeCertificate(key_, options)), server_(certificate_, key_) {
    server_.Get("/.*", [this, body](const httplib::Request&, httplib::Response& response) {
      ++requests_;
      response.set_content(body, "application/json");
    });
    server_.set_tcp_nodelay(true);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }

  ~Impl() {
    server_.stop();
    thread_.join();
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  EVP_PKEY* const key_;
  X509* const certificate_;
  httplib::SSLServer server_;
  std::atomic<int> requests_ = 0;
  int port_ = 0;
  std::thread thread_;
  const std::string pem_ = ToPem(certificate_);
};

TlsServer::TlsServer(const TlsServerOptions& options, const std::string& body)
    : impl_(std::make_unique<Impl>(options, body)) {}
TlsServer::~TlsServer() = default;

std::string TlsServer::base_url() const { return "https://127.0.0.1:" + std::to_string(impl_->port_); }
const std::string& TlsServer::certificate() const { return impl_->pem_; }
int TlsServer::requests() const { return impl_->requests_; }

}  // namespace testing_util
