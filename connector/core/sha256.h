// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace connector {

class Sha256 {
 public:
  Sha256();
  ~Sha256();

  // Adds the bytes; nothing marks where one call ends and the next begins.
  void Add(std::string_view bytes);

  // 32 bytes. The object is spent afterwards.
  std::string Finish();

 private:
  class Context;
  std::unique_ptr<Context> context_;
};

// In lower case.
std::string ToHex(std::string_view bytes);

}  // namespace connector
