// The access graph, as a stream and as a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connector/access/model.h"
#include "connector/core/status.h"

namespace connector {

// Takes the graph as it becomes known, in one fixed order that depends on the registry's answers alone: the
// organization; its users by name, each followed by the grant of its role; then team by team by name, each followed by
// its grants by user name. A user that only a team names comes before its first grant.
class GraphSink {
 public:
  virtual ~GraphSink() = default;
  virtual absl::Status AddOrganization(std::string_view name) = 0;
  virtual absl::Status AddUser(std::string_view name) = 0;
  virtual absl::Status AddTeam(std::string_view name) = 0;
  // `entitlement` belongs to the organization or the newest team; the user was added before.
  virtual absl::Status AddGrant(const Entitlement& entitlement, std::string_view user) = 0;
};

// The whole graph in memory, for tests and for reading files. Entitlements follow from the organization and the teams.
struct AccessGraph {
  std::string organization;
  std::vector<std::string> users;
  std::vector<std::string> teams;
  std::vector<Grant> grants;

  std::vector<Entitlement> Entitlements() const;

  friend bool operator==(const AccessGraph&, const AccessGraph&) = default;
};

class GraphBuilder final : public GraphSink {
 public:
  absl::Status AddOrganization(std::string_view name) override;
  absl::Status AddUser(std::string_view name) override;
  absl::Status AddTeam(std::string_view name) override;
  absl::Status AddGrant(const Entitlement& entitlement, std::string_view user) override;

  const AccessGraph& graph() const { return graph_; }

 private:
  AccessGraph graph_;
};

}  // namespace connector
