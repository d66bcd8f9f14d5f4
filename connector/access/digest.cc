#include "connector/access/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace connector {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

  void Add(std::string_view record) {
    const std::string length = fmt::format("{}:", record.size());
    EVP_DigestUpdate(context_.get(), length.data(), length.size());
    EVP_DigestUpdate(context_.get(), record.data(), record.size());
  }

  std::string Hex() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), bytes, &size);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", bytes[i]);
    return hex;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

void AddSorted(Sha256& hash, std::string_view kind, std::vector<std::string> records) {
  std::sort(records.begin(), records.end());
  hash.Add(fmt::format("{} {}", kind, records.size()));
  for (const std::string& record : records) hash.Add(record);
}

}  // namespace

std::string GraphDigest(const AccessGraph& graph) {
  Sha256 hash;
  hash.Add(graph.organization);
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
  return hash.Hex();
}

}  // namespace connector
