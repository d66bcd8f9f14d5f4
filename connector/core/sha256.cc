#include "connector/core/sha256.h"

#include <openssl/evp.h>

namespace connector {

class Sha256::Context {
 public:
  Context() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  ~Context() { EVP_MD_CTX_free(context_); }
  EVP_MD_CTX* get() { return context_; }

 private:
  EVP_MD_CTX* const context_;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;

void Sha256::Add(std::string_view bytes) { EVP_DigestUpdate(context_->get(), bytes.data(), bytes.size()); }

std::string Sha256::Finish() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_->get(), bytes, &size);
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

}  // namespace connector
