#include "connector/npm/errors.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string>

namespace connector {
namespace {

constexpr std::size_t kLongestServerText = 256;
constexpr std::size_t kLongestErrorDocument = 64 * 1024;

// npm answers {"message":...} or {"error":...}, other software on the way HTML or nothing. One short printable line.
std::string ServerText(const HttpResponse& response) {
  std::string text = response.body.substr(0, kLongestErrorDocument);
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) {
    text = json.contains("authUrl") ? "it wants a one-time password" : text;
    for (const char* key : {"error", "message"}) {
      const auto found = json.find(key);
      if (found != json.end() && found->is_string()) text = found->get<std::string>();
    }
  }
  if (text.starts_with('<')) return "an HTML page, so perhaps from a proxy or firewall";
  std::string line;
  for (const char c : text.substr(0, kLongestServerText)) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte >= 0x7F ? ' ' : c;
  }
  return line.empty() ? "no text" : line;
}

std::string Sentence(std::string_view words) { return fmt::format("{}{}", words, words.ends_with('?') ? "" : "."); }

absl::StatusCode CodeOf(int status) {
  switch (status) {
    case 400:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 408:
      return absl::StatusCode::kDeadlineExceeded;
    case 410:
      return absl::StatusCode::kAborted;
    default:
      break;
  }
  if (status >= 300 && status < 400) return absl::StatusCode::kFailedPrecondition;
  return status == 429 || status >= 500 ? absl::StatusCode::kUnavailable : absl::StatusCode::kInvalidArgument;
}

// npm says in WWW-Authenticate what it wants beside the token; some registries only in words.
std::string_view AdviceFor401(const HttpResponse& response) {
  std::string wanted(FindHeader(response.headers, "www-authenticate").value_or(""));
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char c) { return std::tolower(c); });
  if (wanted.find("ipaddress") != std::string::npos) {
    return "The token may not be used from this machine's address. Change the addresses that it allows on npmjs.com, "
           "or run this elsewhere";
  }
  if (wanted.find("otp") != std::string::npos || response.body.find("one-time pass") != std::string::npos ||
      response.body.find("authUrl") != std::string::npos) {
    return "The registry wants a one-time password, which a sync has nobody to ask for. Use a token that may read the "
           "organization without one";
  }
  return "The token is wrong, expired or revoked, or the registry wants a one-time password. Make a new one on "
         "npmjs.com under Access Tokens and pass it with --access-token-file or BATON_ACCESS_TOKEN";
}

std::string_view Advice(const HttpResponse& response) {
  const int status = response.status;
  switch (status) {
    case 401:
      return AdviceFor401(response);
    case 403:
      return "The token is good but may not see this. It needs read access to the organization, and its user must be a "
             "member, "
             "for team lists an owner";
    case 404:
      return "Check the spelling of --organization. npm also answers 404 for what a token may not see";
    case 410:
      return "The registry forgot the listing while it was read. Try again later";
    case 429:
      return "The registry limits requests. Try again later";
    default:
      break;
  }
  if (status >= 300 && status < 400) {
    return "Redirects are not followed, because the token would go along. Set --base-url to the registry's final "
           "address";
  }
  return status >= 500 ? "The registry has trouble. Try again later" : "Is --base-url an npm registry?";
}

}  // namespace

absl::Status StatusFromResponse(std::string_view what, const HttpResponse& response) {
  return absl::Status(CodeOf(response.status),
                      fmt::format("cannot get {}: the registry answered {} ({}). {}", what, response.status,
                                  ServerText(response), Sentence(Advice(response))));
}

absl::Status StatusFromFailure(std::string_view what, const TransportFailure& failure) {
  const auto make = [&](absl::StatusCode code, std::string_view advice) {
    return absl::Status(code, fmt::format("cannot get {}: {} ({}). {}", what, ToString(failure.error), failure.detail,
                                          Sentence(advice)));
  };
  switch (failure.error) {
    case TransportError::kUnresolved:
      return make(absl::StatusCode::kUnavailable, "Check the host in --base-url and the name service of this machine");
    case TransportError::kConnect:
      return make(absl::StatusCode::kUnavailable, "Check --base-url, and whether a firewall is between");
    case TransportError::kTls:
      return make(absl::StatusCode::kUnavailable, "Check that --base-url is a TLS port, and --ca-file if given");
    case TransportError::kCertificate:
      return make(
          absl::StatusCode::kUnavailable,
          "Nothing was sent. For a registry with a private certificate authority pass its certificate with --ca-file");
    case TransportError::kTimeout:
      return make(absl::StatusCode::kDeadlineExceeded, "Try again later");
    case TransportError::kClosed:
      return make(absl::StatusCode::kUnavailable, "Try again later");
    case TransportError::kTruncated:
    case TransportError::kMalformed:
      return make(absl::StatusCode::kDataLoss, "A broken proxy or registry; nothing was taken from the answer");
    case TransportError::kTooLarge:
      return make(absl::StatusCode::kResourceExhausted, "Is --base-url an npm registry?");
    case TransportError::kCanceled:
      return make(absl::StatusCode::kCancelled, "Run it again to start over");
  }
  return make(absl::StatusCode::kInternal, "Unexpected");
}

}  // namespace connector
