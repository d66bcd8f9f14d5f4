#include "connector/access/digest.h"

#include <fmt/format.h>

#include <algorithm>

#include "connector/core/sha256.h"

namespace connector {
namespace {

void AddRecord(Sha256& hash, std::string_view record) {
  hash.Add(fmt::format("{}:", record.size()));
  hash.Add(record);
}

void AddSorted(Sha256& hash, std::string_view kind, std::vector<std::string> records) {
  std::sort(records.begin(), records.end());
  AddRecord(hash, fmt::format("{} {}", kind, records.size()));
  for (const std::string& record : records) AddRecord(hash, record);
}

}  // namespace

std::string GraphDigest(const AccessGraph& graph) {
  Sha256 hash;
  AddRecord(hash, graph.organization);
  AddSorted(hash, "users", graph.users);
  AddSorted(hash, "teams", graph.teams);
  std::vector<std::string> grants;
  grants.reserve(graph.grants.size());
  // Not Grant::Id(), which is ambiguous when names hold ':'.
  for (const Grant& grant : graph.grants) {
    const ResourceId& resource = grant.entitlement.resource;
    grants.push_back(fmt::format("{} {}:{} {}:{} {}", ToString(resource.type), resource.name.size(), resource.name,
                                 grant.principal.name.size(), grant.principal.name, grant.entitlement.slug));
  }
  AddSorted(hash, "grants", std::move(grants));
  return ToHex(hash.Finish());
}

}  // namespace connector
