// What a person types, checked before it is used.
#pragma once

#include <string>
#include <string_view>

#include "connector/core/secret.h"
#include "connector/core/status.h"

namespace connector {

// The name of an npm organization, which is its scope without '@'.
class OrgName {
 public:
  // Strips one leading '@'. Accepts 1 to 214 characters of A-Z a-z 0-9 - . _ ~ that do not start with '.', which holds
  // every name npm lets be registered (npm-user-validate) and the older ones with capitals.
  static absl::StatusOr<OrgName> Parse(std::string_view text);

  const std::string& value() const { return value_; }

 private:
  explicit OrgName(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

// Strips surrounding white space, then refuses anything that could not stand in an Authorization header. The error
// never repeats the token.
absl::StatusOr<Secret> ParseToken(std::string_view text);

}  // namespace connector
