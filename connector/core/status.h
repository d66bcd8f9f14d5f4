// Shorthand for functions that return absl::Status or absl::StatusOr. Nothing in this project throws; what a library
// throws is caught in the file that calls it.
//
// Status codes follow gRPC, and so does the program's exit code. They say what the caller can do about it:
//   kInvalidArgument     the command line or an input is wrong: correct it
//   kUnauthenticated     the registry does not accept the token
//   kPermissionDenied    the token is good but may not see this
//   kNotFound            the organization or team does not exist, or is hidden from the token
//   kFailedPrecondition  the answer is well formed but cannot be believed: see what the message says to check
//   kUnavailable         the registry could not be reached or failed: try again later
//   kResourceExhausted   the registry asks for a longer pause than this run has left, or a cap was reached
//   kDeadlineExceeded    no answer in time
//   kDataLoss            an answer or a file cannot be decoded
//   kInternal            a defect of this program or of the machine (disk full, I/O error)
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <string_view>
#include <utility>

#define CONNECTOR_CONCAT_INNER(a, b) a##b
#define CONNECTOR_CONCAT(a, b) CONNECTOR_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                                                                \
  do {                                                                                                             \
    if (absl::Status status_of_expression = (expression); !status_of_expression.ok()) return status_of_expression; \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(CONNECTOR_CONCAT(status_or_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(holder, declaration, expression) \
  auto holder = (expression);                                   \
  if (!holder.ok()) return std::move(holder).status();          \
  declaration = *std::move(holder)

namespace connector {

// The same code with `context: ` before the message.
inline absl::Status Annotate(const absl::Status& status, std::string_view context) {
  return absl::Status(status.code(), fmt::format("{}: {}", context,
                                                 std::string_view(status.message().data(), status.message().size())));
}

// The message as a standard string_view: Debian's Abseil has a string_view type of its own.
inline std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace connector
