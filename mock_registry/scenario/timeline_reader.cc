#include "mock_registry/scenario/timeline_reader.h"

#include <algorithm>
#include <charconv>

#include "mock_registry/scenario/words.h"

namespace mock_registry {
namespace {

using Kind = Change::Kind;

Moment ReadMoment(const JsonNode& node, const std::string& path, Problems& problems) {
  Moment moment;
  if (node.kind != JsonNode::Kind::kObject) {
    moment.time = ReadDuration(node, path, problems);
    return moment;
  }
  ObjectReader reader(node, path, problems);
  const auto kind = reader.OneOf({"request", "sent"});
  if (kind == 0u) {
    moment.request = ReadCount(*reader.Find("request"), reader.PathOf("request"), problems, 1).value_or(1);
  } else if (kind == 1u) {
    const JsonNode& sent = *reader.Find("sent");
    const std::size_t hash = sent.text.find('#');
    moment.sent_operation = sent.text.substr(0, hash);
    const std::string number = hash == std::string::npos ? "1" : sent.text.substr(hash + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), moment.sent_nth);
    if (problems.CheckKnown(sent.position, reader.PathOf("sent"), "operation", moment.sent_operation,
                            OperationNames()) &&
        (error != std::errc() || end != number.data() + number.size() || moment.sent_nth == 0)) {
      problems.Add(sent.position, reader.PathOf("sent"),
                   "expected an operation and a number from 1 on, such as \"org.members#1\"");
    }
    moment.sent_page = reader.CountOr("page", 0, 1);
    moment.sent_team = reader.String("team").value_or("");
    if (moment.sent_page != 0 && hash != std::string::npos) {
      problems.Add(sent.position, reader.PathOf("sent"), "either the nth reply, \"org.members#2\", or a \"page\"");
    }
  }
  return moment;
}

}  // namespace

TimelineReader::TimelineReader(const Scenario& scenario, Problems& problems) : problems_(problems) {
  for (const Token& token : scenario.tokens) tokens_.insert(token.id);
  if (scenario.orgs.empty()) return;
  for (const OrgMember& member : scenario.orgs.front().members) members_.insert(member.login);
  for (const Team& team : scenario.orgs.front().teams) teams_.insert(team.name);
}

Step TimelineReader::Read(const JsonNode& node, const std::string& path) {
  Step step;
  ObjectReader reader(node, path, problems_);
  const auto when = reader.OneOf({"at", "every"});
  if (when == 0u) {
    step.at = ReadMoment(*reader.Find("at"), reader.PathOf("at"), problems_);
  } else if (when == 1u) {
    step.every = reader.Duration("every").value_or(absl::Seconds(1));
    step.at.time = step.every;
    reader.Require("times");
    step.times = reader.CountOr("times", 1, 1);
    if (step.every <= absl::ZeroDuration())
      problems_.Add(node.position, reader.PathOf("every"), "expected a duration above 0");
  }
  if (const JsonNode* change = reader.Require("do")) step.change = ReadChange(*change, reader.PathOf("do"));
  return step;
}

Change TimelineReader::ReadChange(const JsonNode& node, const std::string& path) {
  Change change;
  ObjectReader reader(node, path, problems_);
  const auto kind = reader.OneOf(words::kChanges);
  if (!kind) return change;
  change.kind = static_cast<Kind>(*kind);
  const JsonNode& value = *reader.Find(words::kChanges[*kind]);
  const std::string value_path = reader.PathOf(words::kChanges[*kind]);
  switch (change.kind) {
    case Kind::kRemoveMember:
    case Kind::kRemoveTeam:
    case Kind::kRevokeToken:
      change.name = ReadString(value, value_path, problems_);
      break;
    case Kind::kChurn: {
      ObjectReader churn(value, value_path, problems_);
      change.add = churn.CountOr("add", 0);
      change.remove = churn.CountOr("remove", 0);
      break;
    }
    default:
      ReadPair(value, value_path, change);
  }
  Follow(change, value.position, value_path);
  return change;
}

void TimelineReader::ReadPair(const JsonNode& node, const std::string& path, Change& change) {
  ObjectReader reader(node, path, problems_);
  reader.ForEach([&](const JsonMember& member, const std::string& member_path) {
    change.name = member.key;
    if (change.kind == Kind::kAddMember || change.kind == Kind::kSetRole) {
      change.role = ReadString(member.value, member_path, problems_);
      problems_.CheckKnown(member.value.position, member_path, "role", change.role, words::kRoles);
    } else if (change.kind == Kind::kRotateToken) {
      change.value = ReadString(member.value, member_path, problems_);
    } else {
      change.members = ReadTexts(member.value, member_path, problems_);
    }
  });
  if (node.kind == JsonNode::Kind::kObject && node.members.size() != 1) {
    problems_.Add(node.position, path, fmt::format("expected one name, found {}", node.members.size()));
  }
}

void TimelineReader::Follow(const Change& change, Position position, const std::string& path) {
  const auto need = [&](std::set<std::string>& known, const std::string& name, const char* what) {
    if (!known.contains(name)) problems_.AddUnknown(position, path, what, name, {known.begin(), known.end()});
  };
  const auto add = [&](std::set<std::string>& known, const char* what) {
    if (!known.insert(change.name).second)
      problems_.Add(position, path, fmt::format("the {} \"{}\" is there already", what, change.name));
  };
  switch (change.kind) {
    case Kind::kAddMember:
      return add(members_, "member");
    case Kind::kSetRole:
      return need(members_, change.name, "member");
    case Kind::kRemoveMember:
      need(members_, change.name, "member");
      members_.erase(change.name);
      return;
    case Kind::kAddTeam:
      add(teams_, "team");
      break;
    case Kind::kRemoveTeam:
      need(teams_, change.name, "team");
      teams_.erase(change.name);
      return;
    case Kind::kAddToTeam:
    case Kind::kRemoveFromTeam:
      need(teams_, change.name, "team");
      break;
    case Kind::kRevokeToken:
    case Kind::kRotateToken:
      return need(tokens_, change.name, "token");
    case Kind::kChurn:
      return;
  }
  for (const std::string& member : change.members) need(members_, member, "member");
}

}  // namespace mock_registry
