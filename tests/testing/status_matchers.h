// EXPECT_THAT(status, IsOk()), EXPECT_THAT(status_or, IsOkAndHolds(3)), EXPECT_THAT(status, StatusIs(code, message
// matcher)).
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <gmock/gmock.h>

#include <string>
#include <string_view>

namespace testing_util {

inline const absl::Status& GetStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

inline std::string Describe(const absl::Status& status) {
  return std::to_string(static_cast<int>(status.code())) + " " + std::string(status.message());
}

MATCHER(IsOk, "is OK") {
  const absl::Status status = GetStatus(arg);
  *result_listener << "whose status is " << Describe(status);
  return status.ok();
}

MATCHER_P(IsOkAndHolds, value, "is OK and holds the value") {
  *result_listener << "whose status is " << Describe(GetStatus(arg));
  return arg.ok() && ::testing::ExplainMatchResult(value, *arg, result_listener);
}

MATCHER_P2(StatusIs, code, message, "has the status") {
  const absl::Status status = GetStatus(arg);
  *result_listener << "whose status is " << Describe(status);
  return status.code() == code &&
         ::testing::ExplainMatchResult(message, std::string(status.message()), result_listener);
}

}  // namespace testing_util
