#include "connector/access/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "connector/core/sha256.h"

namespace connector {
namespace {

void AddRecord(Sha256& hash, std::string_view record) {
  hash.Add(fmt::format("{}:", record.size()));
  hash.Add(record);
}

void AddSorted(Sha256& hash, std::vector<std::string> records) {
  std::sort(records.begin(), records.end());
  for (const std::string& record : records) AddRecord(hash, record);
}

void AddHead(Sha256& hash, std::string_view kind, std::size_t records) {
  AddRecord(hash, fmt::format("{} {}", kind, records));
}

// What the records of a resource's grants begin with: not its id, which is ambiguous when names hold ':'. No other
// resource's is a prefix of it, so that sorting resources, and then the grants of each, sorts all grants.
std::string PrefixOf(const ResourceId& resource) {
  return fmt::format("{} {}:{} ", ToString(resource.type), resource.name.size(), resource.name);
}

}  // namespace

std::string GraphDigest(GraphParts parts) {
  Sha256 hash;
  AddRecord(hash, parts.organization);
  AddHead(hash, "users", parts.users.size());
  AddSorted(hash, std::move(parts.users));
  AddHead(hash, "teams", parts.teams.size());
  AddSorted(hash, std::move(parts.teams));
  AddHead(hash, "grants", parts.grants);
  std::map<std::string, const ResourceId*> by_prefix;
  for (const ResourceId& resource : parts.resources) by_prefix.emplace(PrefixOf(resource), &resource);
  for (const auto& [prefix, resource] : by_prefix) {
    std::vector<std::string> records;
    for (const auto& [user, slug] : parts.grants_on(*resource)) {
      records.push_back(fmt::format("{}{}:{} {}", prefix, user.size(), user, slug));
    }
    AddSorted(hash, std::move(records));
  }
  return ToHex(hash.Finish());
}

std::string GraphDigest(const AccessGraph& graph) {
  std::map<ResourceId, std::vector<const Grant*>> grants;
  for (const Grant& grant : graph.grants) grants[grant.entitlement.resource].push_back(&grant);
  GraphParts parts{graph.organization, graph.users, graph.teams, graph.grants.size(), {}, {}};
  for (const auto& [resource, its_grants] : grants) parts.resources.push_back(resource);
  parts.grants_on = [&](const ResourceId& resource) {
    std::vector<GraphParts::UserAndSlug> pairs;
    for (const Grant* grant : grants.at(resource)) pairs.emplace_back(grant->principal.name, grant->entitlement.slug);
    return pairs;
  };
  return GraphDigest(std::move(parts));
}

}  // namespace connector
