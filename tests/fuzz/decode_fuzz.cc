// Arbitrary bytes as each of npm's listings: rows or a refusal, never a crash; and rows are sorted and distinct.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "connector/npm/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  static const connector::OrgName org = *connector::OrgName::Parse("acme");
  const auto require = [](bool holds) {
    if (!holds) std::abort();
  };
  if (const auto members = connector::DecodeMembers(json, {}); members.ok()) {
    require(std::adjacent_find(members->rows.begin(), members->rows.end(),
                               [](const auto& a, const auto& b) { return a.user >= b.user; }) == members->rows.end());
  }
  connector::DecodeWhoami(json);
  for (const auto& names : {connector::DecodeTeams(json, org, {}), connector::DecodeTeamMembers(json, {})}) {
    if (!names.ok()) continue;
    require(std::adjacent_find(names->rows.begin(), names->rows.end(),
                               [](const auto& a, const auto& b) { return a >= b; }) == names->rows.end());
  }
  return 0;
}
