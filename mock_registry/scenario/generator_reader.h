// What the generators of members, teams and packages have in common.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mock_registry/nearest.h"
#include "mock_registry/scenario/generator.h"
#include "mock_registry/scenario/object_reader.h"

namespace mock_registry {

// Whether a map of names is a generator instead. It may have an item of that name, but not with such a value.
bool IsGenerator(const JsonNode& node);

std::optional<NameTemplate> ReadTemplate(const JsonNode& node, const std::string& path, Problems& problems);

// The key "count": how many are made.
std::uint64_t ReadGeneratedCount(ObjectReader& reader);

// How many of `count` have each of `values`, in that order: counts, shares, or the rest. `items`: what they are.
Amounts ReadAmounts(const JsonNode& node, const std::string& path, const std::vector<std::string>& values,
                    std::uint64_t count, std::string_view items, Problems& problems);

// What a map cannot have, a generator beside a list can: the same name twice.
template <typename Item>
void Include(Sequence<Item>& items, Item item, const JsonNode& node, const std::string& path, Problems& problems) {
  if (items.Find(NameOf(item))) {
    problems.Add(node.position, path, fmt::format("\"{}\" is there twice", NameOf(item)));
  }
  items.push_back(std::move(item));
}

// The index of the item with this name; a problem that names the nearest one if there is none. `what`: a "member".
template <typename Item>
std::optional<std::size_t> FindOrReport(const Sequence<Item>& items, const std::string& name, std::string_view what,
                                        Position position, const std::string& path, Problems& problems) {
  constexpr std::size_t kMostCompared = 10'000;
  if (const std::optional<std::size_t> found = items.Find(name)) return found;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(items.size(), kMostCompared); ++i) names.push_back(NameOf(items[i]));
  std::string message = fmt::format("\"{}\" is not a {} of the organization.", name, what);
  if (const auto nearest = Nearest(name, names)) message += fmt::format(" Did you mean \"{}\"?", *nearest);
  problems.Add(position, path, message);
  return std::nullopt;
}

}  // namespace mock_registry
