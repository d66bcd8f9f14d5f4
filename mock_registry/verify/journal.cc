#include "mock_registry/verify/journal.h"

#include <nlohmann/json.hpp>

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

void Record::Clear() {
  for (std::string* text : {&method, &target, &operation, &token, &rule, &effect}) text->clear();
  number = attempt = 0;
  at = sent_at = connector::Instant();
  draw.reset();
  status = 0;
  bytes = 0;
}

Record& Journal::Begin() {
  const std::size_t place = total_ % kRecords;
  if (place == ring_.size()) ring_.emplace_back();
  ring_[place].Clear();
  return ring_[place];
}

void Journal::Write() {
  Record& record = ring_[total_++ % kRecords];
  if (record.target.size() > kLongestTarget) record.target.resize(kLongestTarget);
  if (listener_) listener_(record.ToJson());
}

}  // namespace mock_registry
