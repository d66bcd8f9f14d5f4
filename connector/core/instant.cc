#include "connector/core/instant.h"

namespace connector {

std::string ToString(absl::Duration duration) { return absl::FormatDuration(duration); }

}  // namespace connector
