#include "mock_registry/scenario/package_reader.h"

#include <optional>
#include <utility>

#include "mock_registry/scenario/generator_reader.h"
#include "mock_registry/scenario/words.h"

namespace mock_registry {
namespace {

// Gives a package to the teams of `node`, a map of team to access.
PackageAccess ReadGrants(const std::string& name, const JsonNode& node, const std::string& path, Org& org,
                         Problems& problems) {
  PackageAccess package{name, words::kAccesses.front()};
  ObjectReader reader(node, path, problems);
  reader.ForEach([&](const JsonMember& grant, const std::string& grant_path) {
    const std::string access = ReadString(grant.value, grant_path, problems);
    problems.CheckKnown(grant.value.position, grant_path, "access", access, words::kAccesses);
    const auto team = FindOrReport(org.teams, grant.key, "team", grant.position, path, problems);
    if (!team) return;
    org.teams.Edit()[*team].packages.push_back({name, access});
    if (access == words::kAccesses.back()) package.access = access;
  });
  return package;
}

void ReadGeneratedPackages(const JsonNode& node, const std::string& path, std::uint64_t seed, Org& org,
                           Problems& problems) {
  ObjectReader reader(node, path, problems);
  const std::uint64_t count = ReadGeneratedCount(reader);
  const JsonNode* name_node = reader.Require("name");
  const JsonNode* access = reader.Require("access");
  const std::uint64_t holders = reader.CountOr("teams", 1);
  if (name_node == nullptr || access == nullptr) return;
  std::optional<NameTemplate> name = ReadTemplate(*name_node, reader.PathOf("name"), problems);
  Amounts amounts = ReadAmounts(*access, reader.PathOf("access"), words::kAccesses, count, "packages", problems);
  if (!name) return;
  org.packages = GeneratePackages(*std::move(name), std::move(amounts));
  org.teams = ShareOut(org.packages, holders, seed, std::move(org.teams));
}

}  // namespace

void ReadPackages(const JsonNode& node, const std::string& path, std::uint64_t seed, Org& org, Problems& problems) {
  ObjectReader reader(node, path, problems);
  if (!IsGenerator(node)) {
    reader.ForEach([&](const JsonMember& package, const std::string& package_path) {
      org.packages.push_back(ReadGrants(package.key, package.value, package_path, org, problems));
    });
    return;
  }
  ReadGeneratedPackages(*reader.Find("generate"), reader.PathOf("generate"), seed, org, problems);
  reader.ForEachItem("include", [&](const JsonNode& item, const std::string& item_path) {
    ObjectReader package(item, item_path, problems);
    const JsonNode* teams = package.Require("teams");
    if (package.Require("name") == nullptr || teams == nullptr) return;
    const std::string name = package.String("name").value_or("");
    Include(org.packages, ReadGrants(name, *teams, package.PathOf("teams"), org, problems), item, item_path, problems);
  });
}

}  // namespace mock_registry
