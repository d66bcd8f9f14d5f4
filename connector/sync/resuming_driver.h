// A Driver that remembers: answers of 2xx go into the work file, and a request whose answer an earlier run left there
// is answered from it, without asking the registry and without letting time pass.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "connector/http/driver.h"
#include "connector/store/work_file.h"

namespace connector {

class ResumingDriver final : public Driver {
 public:
  // Both outlive it.
  ResumingDriver(Driver& driver, WorkFile& work) : driver_(driver), work_(work) {}

  Instant Now() const override { return driver_.Now(); }
  absl::Time WallNow() const override { return driver_.WallNow(); }
  void Submit(Ticket ticket, HttpRequest request, Instant deadline) override;
  std::optional<Completion> Wait(Instant until) override;
  bool StopRequested() const override { return driver_.StopRequested(); }

  // Requests answered from the work file.
  std::size_t replayed() const { return replayed_; }
  // Why answers could not be stored, if so: the sync goes on, but a kill would lose them.
  const absl::Status& storage() const { return storage_; }

 private:
  void Store(const std::string& request, const HttpResponse& response);

  Driver& driver_;
  WorkFile& work_;
  std::map<Ticket, std::string> in_flight_;
  std::deque<Completion> replies_;  // from the work file, not yet taken
  std::size_t replayed_ = 0;
  Instant synced_at_;
  absl::Status storage_;
};

}  // namespace connector
