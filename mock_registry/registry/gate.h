// Who asks, and whether the registry lets them: tokens with their ends and scopes, one-time passwords.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connector/core/instant.h"
#include "mock_registry/registry/reply.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// Who sends a request.
struct Asker {
  std::string client;            // the token's id, "unknown" or "none"
  const Token* token = nullptr;  // also one that has ended
};

class Gate {
 public:
  explicit Gate(const Scenario& scenario);

  Asker AskerOf(const connector::HttpRequest& request) const;

  // What is answered to a known token instead of the operation; nothing if it may pass. Counts the reply.
  std::optional<Reply> Check(const Token& token, const connector::HttpRequest& request, std::string_view operation,
                             connector::Instant now);

  // GET doneUrl: 202 while the web challenge waits to be approved, then 200 with the code.
  Reply OtpDone(const connector::HttpRequest& request, connector::Instant now) const;

  void Revoke(const std::string& id);
  void Rotate(const std::string& id, const std::string& value);

  // Whether some token is this user's.
  bool HasUser(const std::string& name) const;

 private:
  bool Ended(const TokenEnd& end, const Token& token, connector::Instant now) const;
  std::optional<Reply> CheckOtp(const connector::HttpRequest& request, connector::Instant now);

  const Otp otp_;
  const Bypass bypass_;
  const absl::Time start_;
  std::map<std::string, Token> tokens_;                       // by value
  std::map<std::string, std::uint64_t> replies_;              // by id
  std::map<std::string, connector::Instant> web_challenges_;  // by authId
};

// Whether an operation changes something.
bool IsWrite(std::string_view operation);

}  // namespace mock_registry
