// What a correct client may have read: taken from the model, version by version, never from the bytes that were served.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connector/access/graph.h"
#include "mock_registry/scenario/scenario.h"

namespace mock_registry {

class Truth {
 public:
  explicit Truth(Org start) : versions_{std::move(start)} {}

  // The organization has changed.
  void Add(Org version) { versions_.push_back(std::move(version)); }
  // A listing was answered from the newest version. `team` is "" but for team.members.
  void Answered(const std::string& operation, const std::string& team);

  // What is wrong with what a client read, one line a fact: "user bob is missing". Empty if nothing is.
  // Of an incomplete read nothing is asked but that all of it is so.
  std::vector<std::string> Compare(const connector::AccessGraph& read, Snapshot snapshot,
                                   bool incomplete = false) const;

 private:
  // Hashes of the lines that say a fact each, sorted: a million members have millions of facts.
  using Facts = std::vector<std::uint64_t>;
  using Visitor = std::function<void(const std::string& fact)>;
  void VisitLastAnswered(const Visitor& visit) const;
  // As it was when a listing was last answered; the newest if it never was.
  const Org& VersionOf(const std::string& operation, const std::string& team) const;

  std::vector<Org> versions_;
  std::map<std::pair<std::string, std::string>, std::size_t> answered_;  // index of the version
};

}  // namespace mock_registry
