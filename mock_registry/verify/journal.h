// What the registry was asked and what it answered. Written before the first byte of the answer leaves; token values
// never get here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

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
};

class Journal {
 public:
  static constexpr std::size_t kRecords = 65536;  // kept; older ones are dropped and counted
  static constexpr std::size_t kLongestTarget = 2048;

  void Append(Record record);

  // Gets each record's line as it is written, the dropped ones included.
  void SetListener(std::function<void(const std::string& line)> listener) { listener_ = std::move(listener); }

  const std::deque<Record>& records() const { return records_; }
  std::uint64_t total() const { return total_; }
  std::uint64_t Count(const std::string& operation) const;

 private:
  std::deque<Record> records_;
  std::uint64_t total_ = 0;
  std::map<std::string, std::uint64_t> per_operation_;
  std::function<void(const std::string& line)> listener_;
};

}  // namespace mock_registry
