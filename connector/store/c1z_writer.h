// Writes one finished full sync as a .c1z of format v1.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>

#include "connector/access/graph.h"

namespace connector {

struct C1zOptions {
  std::string path;
  absl::Time started_at;                           // stamps every row, so that equal runs give equal bytes
  absl::TimeZone time_zone = absl::UTCTimeZone();  // Baton stamps in local time, without a zone
  std::uint64_t seed = 0;                          // of the sync's id
};

class C1zWriter final : public GraphSink {
 public:
  // Collects into PATH.work, which is removed in the end. Refuses a path that holds something other than a v1 file, and
  // one that another process writes to.
  static absl::StatusOr<std::unique_ptr<C1zWriter>> Create(const C1zOptions& options);
  ~C1zWriter() override;

  absl::Status AddOrganization(std::string_view name) override;
  absl::Status AddUser(std::string_view name) override;
  absl::Status AddTeam(std::string_view name) override;
  absl::Status AddGrant(const Entitlement& entitlement, std::string_view user) override;

  // Ends the sync and replaces the file at the path, atomically. Until this returns OK, the old file is untouched.
  absl::Status Publish(absl::Time ended_at);

 private:
  class Impl;
  explicit C1zWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace connector
