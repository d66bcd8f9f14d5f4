// Adds one finished full sync to a .c1z of format v1.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connector/access/graph.h"
#include "connector/store/container.h"
#include "connector/store/file_ops.h"

namespace connector {

struct C1zOptions {
  static constexpr std::size_t kKeepSyncs = 2;  // as many as `baton diff` compares

  std::string path;
  absl::Time started_at;                            // stamps every row, so that equal runs give equal bytes
  absl::TimeZone time_zone = absl::UTCTimeZone();   // Baton stamps in local time, without a zone
  std::uint64_t seed = 0;                           // of the sync's id
  std::size_t keep_syncs = kKeepSyncs;              // finished full syncs in the file, this one included
  FileOps* file_ops = &FileOps::Real();             // outlives the writer
  std::uint64_t database_bytes = kLargestDatabase;  // at most, unpacked
  // Asked now and then during long work; once it says yes, what runs fails with kCancelled.
  std::function<bool()> stop_requested = [] { return false; };
};

class C1zWriter final : public GraphSink {
 public:
  // Collects into PATH.work.db, which is removed in the end, starting from the runs that the file at the path holds.
  // Refuses a path that holds something other than a whole v1 file. One writer at a time may be at work on a path:
  // WorkFile sees to that.
  static absl::StatusOr<std::unique_ptr<C1zWriter>> Create(const C1zOptions& options);
  ~C1zWriter() override;

  // The users that had a role in the latest finished sync of the file, in no order; empty without one.
  absl::StatusOr<std::vector<std::string>> PreviousMembers();

  absl::Status AddOrganization(std::string_view name) override;
  absl::Status AddUser(std::string_view name) override;
  absl::Status AddTeam(std::string_view name) override;
  absl::Status AddGrant(const Entitlement& entitlement, std::string_view user) override;

  // Ends the sync, removes those that are too many, and replaces the file at the path, atomically. The end is moved
  // behind that of every earlier run, because readers take the run that ended last. The error says whether the file is
  // the old or the new one; kResourceExhausted for a file that no reader would take.
  absl::Status Publish(absl::Time ended_at) { return Publish(ended_at, /*whole=*/true); }
  // The same for a sync that could not read everything: it becomes a run of type "partial", from whose silence no
  // reader concludes that something is gone.
  absl::Status PublishPartial(absl::Time ended_at) { return Publish(ended_at, /*whole=*/false); }

  // Of what was published, unpacked.
  std::uint64_t database_bytes() const;

 private:
  class Impl;
  absl::Status Publish(absl::Time ended_at, bool whole);
  explicit C1zWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace connector
