// Members, teams and packages of an organization that is described, not listed. Each is made from its index and the
// seed alone, and found by its name alone: whoever asks needs no memory for the others.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

// A name with the index in place of {i}, or {i:06} with zeros before it.
class NameTemplate {
 public:
  // Nothing if `text` has no such place.
  static std::optional<NameTemplate> Parse(const std::string& text);

  std::string Name(std::uint64_t index) const;
  // The index that Name() makes this name from.
  std::optional<std::uint64_t> IndexOf(const std::string& name) const;

 private:
  std::string before_;
  std::string after_;
  std::size_t width_ = 1;
};

// How many have each value, in the order of the indices.
using Amounts = std::vector<std::pair<std::string, std::uint64_t>>;

// As many as the amounts are together.
std::shared_ptr<const Source<OrgMember>> GenerateMembers(NameTemplate login, Amounts roles);

// Of the team with this number.
struct TeamSizes {
  enum class Kind { kFixed, kUniform, kZipf };
  Kind kind = Kind::kFixed;
  std::uint64_t low = 0;   // the size, or the minimum
  std::uint64_t high = 0;  // the maximum
  double exponent = 1;

  std::uint64_t Of(std::uint64_t index, std::uint64_t seed) const;
};

using Roster = std::shared_ptr<const Sequence<OrgMember>>;

// `count` teams of different members of `roster` each: every so many of them, from a place that is drawn.
std::shared_ptr<const Source<Team>> GenerateTeams(NameTemplate name, std::uint64_t count, TeamSizes sizes,
                                                  std::uint64_t seed, Roster roster);

// The logins of all of `roster`, in its order.
std::shared_ptr<const Source<std::string>> Everyone(Roster roster);

// As many as the amounts are together.
std::shared_ptr<const Source<PackageAccess>> GeneratePackages(NameTemplate name, Amounts accesses);

// `teams`, each with its share of `packages`: every package is given to `holders` of them, or to all if they are fewer.
Sequence<Team> ShareOut(Sequence<PackageAccess> packages, std::uint64_t holders, std::uint64_t seed,
                        Sequence<Team> teams);

}  // namespace mock_registry
