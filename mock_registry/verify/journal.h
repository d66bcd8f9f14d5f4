// What the registry was asked and what it answered. Written before the first byte of the answer leaves; token values
// never get here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connector/core/instant.h"

namespace mock_registry {

struct Record {
  std::uint64_t number = 0;
  connector::Instant at;
  std::string method;
  std::string target;     // cut after kLongestTarget bytes
  std::string operation;  // "" if the request has none
  std::string token;      // its id; "unknown" or "none"
  std::uint64_t attempt = 0;
  std::string rule;  // the fault rule or limit that decided
  std::optional<double> draw;
  std::string effect;  // "status", "reset", ...; "" if nothing went wrong
  int status = 0;      // 0 if no status was sent
  std::size_t bytes = 0;
  connector::Instant sent_at;

  // One line of JSON.
  std::string ToJson() const;
  // Without giving up the memory of its texts.
  void Clear();
};

// A ring: records are written where the oldest ones stood, into the memory that these had.
class Journal {
 public:
  static constexpr std::size_t kRecords = 65536;  // kept; older ones are dropped and counted
  static constexpr std::size_t kLongestTarget = 2048;

  // The next record, empty, to be filled and then written.
  Record& Begin();
  void Write();

  // Gets each record's line as it is written, the dropped ones included.
  void SetListener(std::function<void(const std::string& line)> listener) { listener_ = std::move(listener); }

  // Of all that were written.
  std::uint64_t total() const { return total_; }
  // How many of them are kept.
  std::size_t size() const { return std::min<std::uint64_t>(total_, kRecords); }
  // The oldest that is kept is 0.
  const Record& operator[](std::size_t index) const { return ring_[(total_ - size() + index) % kRecords]; }

 private:
  std::vector<Record> ring_;  // by number modulo kRecords
  std::uint64_t total_ = 0;
  std::function<void(const std::string& line)> listener_;
};

}  // namespace mock_registry
