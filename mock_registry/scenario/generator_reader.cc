#include "mock_registry/scenario/generator_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace mock_registry {
namespace {

constexpr std::uint64_t kMostGenerated = 10'000'000;

}  // namespace

bool IsGenerator(const JsonNode& node) {
  return std::any_of(node.members.begin(), node.members.end(), [](const JsonMember& member) {
    return member.key == "generate" && member.value.kind == JsonNode::Kind::kObject;
  });
}

std::optional<NameTemplate> ReadTemplate(const JsonNode& node, const std::string& path, Problems& problems) {
  const std::string text = ReadString(node, path, problems);
  std::optional<NameTemplate> name = NameTemplate::Parse(text);
  if (!name) {
    problems.Add(node.position, path, fmt::format("expected a name with {{i}} or {{i:06}} in it, found \"{}\"", text));
  }
  return name;
}

std::uint64_t ReadGeneratedCount(ObjectReader& reader) {
  const JsonNode* count = reader.Require("count");
  const std::uint64_t number = reader.CountOr("count", 1, 1);
  if (number <= kMostGenerated) return number;
  reader.problems().Add(count->position, reader.PathOf("count"), fmt::format("at most {} can be made", kMostGenerated));
  return 1;
}

Amounts ReadAmounts(const JsonNode& node, const std::string& path, const std::vector<std::string>& values,
                    std::uint64_t count, std::string_view items, Problems& problems) {
  Amounts amounts;
  std::optional<std::size_t> rest;
  std::uint64_t sum = 0;
  ObjectReader reader(node, path, problems);
  for (const std::string& value : values) {
    const JsonNode* amount = reader.Find(value);
    if (amount == nullptr) continue;
    std::uint64_t number = 0;
    if (amount->kind == JsonNode::Kind::kString && amount->text == "rest") {
      if (rest) problems.Add(amount->position, reader.PathOf(value), "only one can have the rest");
      rest = amounts.size();
    } else if (amount->kind == JsonNode::Kind::kString) {
      number = static_cast<std::uint64_t>(ReadShare(*amount, reader.PathOf(value), problems).value_or(0) *
                                          static_cast<double>(count));
    } else {
      number = ReadCount(*amount, reader.PathOf(value), problems).value_or(0);
    }
    sum += std::min(number, kMostGenerated);
    amounts.emplace_back(value, number);
  }
  if (sum > count || (!rest && sum != count)) {
    problems.Add(node.position, path, fmt::format("these are {} {}, and the count is {}", sum, items, count));
  } else if (rest) {
    amounts[*rest].second = count - sum;
  }
  return amounts;
}

}  // namespace mock_registry
