#include "mock_registry/verify/journal.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace mock_registry {

std::string Record::ToJson() const {
  nlohmann::ordered_json json;
  json["number"] = number;
  json["at_ns"] = absl::ToInt64Nanoseconds(at.since_start());
  json["method"] = method;
  json["target"] = target;
  json["op"] = operation;
  json["token"] = token;
  json["attempt"] = attempt;
  if (!rule.empty()) json["rule"] = rule;
  if (draw) json["draw"] = *draw;
  if (!effect.empty()) json["effect"] = effect;
  json["status"] = status;
  json["bytes"] = bytes;
  json["sent_at_ns"] = absl::ToInt64Nanoseconds(sent_at.since_start());
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void Journal::Append(Record record) {
  ++total_;
  ++per_operation_[record.operation];
  if (record.target.size() > kLongestTarget) record.target.resize(kLongestTarget);
  if (listener_) listener_(record.ToJson());
  records_.push_back(std::move(record));
  if (records_.size() > kRecords) records_.pop_front();
}

std::uint64_t Journal::Count(const std::string& operation) const {
  const auto found = per_operation_.find(operation);
  return found == per_operation_.end() ? 0 : found->second;
}

}  // namespace mock_registry
