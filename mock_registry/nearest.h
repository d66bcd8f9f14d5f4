// "Did you mean ...?"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mock_registry {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. Bytes; only the first 64 of each
// count.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The candidate closest to `word`, the first of several, or nothing if none is close enough to be a slip of the finger.
std::optional<std::string> Nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace mock_registry
