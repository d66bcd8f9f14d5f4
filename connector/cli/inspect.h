// The commands that read files back: show, diff, verify. Each returns what to print.
#pragma once

#include <string>

#include "connector/cli/options.h"
#include "connector/core/status.h"

namespace connector {

absl::StatusOr<std::string> Show(const ShowCommand& command);

struct Difference {
  std::string text;
  bool changed = false;
};

// Between the two latest finished full syncs of one file, or the latest of each of two.
absl::StatusOr<Difference> Diff(const DiffCommand& command);

// Reads every finished full sync in full. An error names what is damaged.
absl::StatusOr<std::string> Verify(const VerifyCommand& command);

}  // namespace connector
