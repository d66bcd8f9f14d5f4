// A value that must not reach a log, an error, a file or a dump. It has no operator<<, no formatter and no conversion.
#pragma once

#include <string>
#include <string_view>

namespace connector {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  Secret(const Secret& other);
  Secret& operator=(const Secret& other);
  ~Secret();  // overwrites the memory

  bool empty() const { return value_.empty(); }

  // The only way out. Called where the Authorization header is made, and where a hash tells whether two runs had the
  // same token.
  std::string_view Reveal() const { return value_; }

 private:
  std::string value_;
};

}  // namespace connector
