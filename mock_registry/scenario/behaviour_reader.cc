#include "mock_registry/scenario/behaviour_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace mock_registry {
namespace {

void ReadClock(const JsonNode& node, Scenario& scenario, Problems& problems) {
  ObjectReader reader(node, "clock", problems);
  constexpr ClockMode kModes[] = {ClockMode::kVirtual, ClockMode::kReal, ClockMode::kScaled};
  if (const auto mode = reader.Choice("mode", {"virtual", "real", "scaled"})) scenario.clock.mode = kModes[*mode];
  if (const JsonNode* start = reader.Find("start")) {
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, ReadString(*start, reader.PathOf("start"), problems),
                         &scenario.clock.start, &error)) {
      problems.Add(start->position, reader.PathOf("start"),
                   fmt::format("expected a time such as \"2026-01-01T00:00:00Z\", found \"{}\"", start->text));
    }
  }
  if (const JsonNode* scale = reader.Find("scale")) {
    const std::string& text = scale->text;
    const char* const last = text.empty() ? text.data() : text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data(), last, scenario.clock.scale);
    if (scale->kind != JsonNode::Kind::kString || !text.ends_with('x') || error != std::errc() || end != last ||
        scenario.clock.scale <= 0) {
      problems.Add(scale->position, reader.PathOf("scale"),
                   fmt::format("expected a factor such as \"60x\", found {}", text));
    }
  }
}

void ReadPagination(const JsonNode& node, Problems& problems) {
  ObjectReader reader(node, "pagination", problems);
  std::vector<std::string> keys = OperationNames();
  keys.insert(keys.begin(), "default");
  for (const std::string& key : keys) {
    const JsonNode* dialect = reader.Find(key);
    if (dialect == nullptr) continue;
    ObjectReader dialect_reader(*dialect, reader.PathOf(key), problems);
    dialect_reader.Require("style");
    dialect_reader.Choice("style", {"none"});
  }
}

// "5/m" as a rate a second.
std::optional<double> ReadRate(const JsonNode& node, const std::string& path, Problems& problems) {
  double number = 0;
  const std::string& text = node.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (node.kind == JsonNode::Kind::kString && error == std::errc() && number > 0) {
    if (unit == "/s") return number;
    if (unit == "/m") return number / 60;
    if (unit == "/h") return number / 3600;
  }
  problems.Add(node.position, path,
               fmt::format("expected a rate such as \"1/s\", \"60/m\" or \"900/h\", found {}", text));
  return std::nullopt;
}

Limit ReadLimit(const JsonNode& node, const std::string& path, Problems& problems) {
  Limit limit;
  ObjectReader reader(node, path, problems);
  if (const JsonNode* id = reader.Require("id")) limit.id = ReadString(*id, reader.PathOf("id"), problems);
  if (const JsonNode* bucket = reader.Require("bucket")) {
    ObjectReader bucket_reader(*bucket, reader.PathOf("bucket"), problems);
    if (const JsonNode* capacity = bucket_reader.Require("capacity"))
      limit.capacity = ReadCount(*capacity, bucket_reader.PathOf("capacity"), problems, 1).value_or(1);
    if (const JsonNode* refill = bucket_reader.Require("refill"))
      limit.refill_per_second = ReadRate(*refill, bucket_reader.PathOf("refill"), problems).value_or(1);
  }
  return limit;
}

void ReadNetwork(const JsonNode& node, Scenario& scenario, Problems& problems) {
  ObjectReader reader(node, "network", problems);
  const JsonNode* latency = reader.Find("latency");
  if (latency == nullptr) return;
  const std::string path = reader.PathOf("latency");
  Distribution& distribution = scenario.latency;
  if (latency->kind != JsonNode::Kind::kObject) {
    distribution.low = ReadDuration(*latency, path, problems).value_or(absl::ZeroDuration());
    return;
  }
  ObjectReader latency_reader(*latency, path, problems);
  latency_reader.Require("dist");
  const auto read = [&](const char* low, const char* high) {
    latency_reader.Require(low);
    latency_reader.Require(high);
    distribution.low = latency_reader.Duration(low).value_or(absl::ZeroDuration());
    distribution.high = latency_reader.Duration(high).value_or(absl::ZeroDuration());
    if (distribution.low > distribution.high) {
      problems.Add(latency->position, path, fmt::format("\"{}\" is above \"{}\"", low, high));
    }
  };
  const auto kind = latency_reader.Choice("dist", {"uniform", "lognormal"});
  if (kind == 0u) {
    distribution.kind = Distribution::Kind::kUniform;
    read("min", "max");
  } else {
    distribution.kind = Distribution::Kind::kLogNormal;
    read("median", "p99");
    if (distribution.low == absl::ZeroDuration())
      problems.Add(latency->position, path, "a lognormal latency needs a median above 0");
  }
}

std::optional<Texts> ReadTexts(const JsonNode* node, const std::string& path, Problems& problems) {
  if (node == nullptr) return std::nullopt;
  if (node->kind != JsonNode::Kind::kArray) return Texts{ReadString(*node, path, problems)};
  Texts texts;
  for (const JsonNode& item : node->items) texts.push_back(ReadString(item, path, problems));
  return texts;
}

std::optional<NumberSet> ReadNumbers(const JsonNode* node, const std::string& path, Problems& problems) {
  if (node == nullptr) return std::nullopt;
  NumberSet numbers;
  if (node->kind == JsonNode::Kind::kArray) {
    for (const JsonNode& item : node->items) numbers.values.push_back(ReadCount(item, path, problems, 1).value_or(1));
    if (numbers.values.empty()) problems.Add(node->position, path, "expected at least one number");
  } else if (node->kind == JsonNode::Kind::kObject) {
    ObjectReader reader(*node, path, problems);
    if (const JsonNode* from = reader.Find("from"))
      numbers.from = ReadCount(*from, reader.PathOf("from"), problems, 1).value_or(1);
    if (const JsonNode* up_to = reader.Find("upTo"))
      numbers.up_to = ReadCount(*up_to, reader.PathOf("upTo"), problems, 1).value_or(numbers.up_to);
  } else {
    numbers.values.push_back(ReadCount(*node, path, problems, 1).value_or(1));
  }
  return numbers;
}

std::map<std::string, Texts> ReadFields(const JsonNode* node, const std::string& path, Problems& problems) {
  std::map<std::string, Texts> fields;
  if (node == nullptr) return fields;
  ObjectReader reader(*node, path, problems);
  reader.ForEach([&](const JsonMember& member, const std::string& member_path) {
    fields[member.key] = *ReadTexts(&member.value, member_path, problems);
  });
  return fields;
}

bool IsGlob(const std::string& text) { return text.find_first_of("*?") != std::string::npos; }

Criteria ReadCriteria(const JsonNode& node, const std::string& path, const Scenario& scenario, Problems& problems) {
  Criteria when;
  ObjectReader reader(node, path, problems);
  const auto texts = [&](const char* key) { return ReadTexts(reader.Find(key), reader.PathOf(key), problems); };
  const auto numbers = [&](const char* key) { return ReadNumbers(reader.Find(key), reader.PathOf(key), problems); };
  // A name that nothing can have is a slip of the finger.
  const auto check = [&](const char* key, const std::optional<Texts>& values, const std::vector<std::string>& known) {
    for (const std::string& value : values.value_or(Texts())) {
      if (!IsGlob(value) && std::find(known.begin(), known.end(), value) == known.end())
        problems.AddUnknown(reader.Find(key)->position, reader.PathOf(key), key, value, known);
    }
  };
  when.op = texts("op");
  check("op", when.op, OperationNames());
  when.org = texts("org");
  when.team = texts("team");
  when.token = texts("token");
  std::vector<std::string> tokens;
  for (const Token& token : scenario.tokens) tokens.push_back(token.id);
  check("token", when.token, tokens);
  when.nth = numbers("nth");
  when.attempt = numbers("attempt");
  when.request = numbers("request");
  when.after = reader.Duration("after").value_or(when.after);
  when.before = reader.Duration("before").value_or(when.before);
  if (const JsonNode* between = reader.Find("between")) {
    if (between->kind != JsonNode::Kind::kArray || between->items.size() != 2) {
      problems.Add(between->position, reader.PathOf("between"), "expected two durations, such as [\"30s\", \"90s\"]");
    } else {
      when.after = ReadDuration(between->items[0], reader.PathOf("between"), problems).value_or(when.after);
      when.before = ReadDuration(between->items[1], reader.PathOf("between"), problems).value_or(when.before);
    }
  }
  when.header = ReadFields(reader.Find("header"), reader.PathOf("header"), problems);
  when.query = ReadFields(reader.Find("query"), reader.PathOf("query"), problems);
  return when;
}

void ReadStatusEffect(ObjectReader& reader, Effect& effect, Problems& problems) {
  effect.kind = Effect::Kind::kStatus;
  effect.status = static_cast<int>(reader.Count("status").value_or(200));
  if (effect.status < 200 || effect.status > 599) {
    problems.Add(reader.Find("status")->position, reader.PathOf("status"), "expected a status from 200 to 599");
  }
  effect.body = reader.String("body");
  if (const JsonNode* headers = reader.Find("headers")) {
    ObjectReader header_reader(*headers, reader.PathOf("headers"), problems);
    header_reader.ForEach([&](const JsonMember& member, const std::string& path) {
      effect.headers.emplace_back(member.key, ReadString(member.value, path, problems));
    });
  }
  effect.retry_after = reader.Duration("retryAfter");
  if (effect.retry_after && absl::Trunc(*effect.retry_after, absl::Seconds(1)) != *effect.retry_after) {
    problems.Add(reader.Find("retryAfter")->position, reader.PathOf("retryAfter"),
                 "Retry-After has whole seconds only");
  }
}

Effect ReadEffect(const JsonNode& node, const std::string& path, Problems& problems) {
  Effect effect;
  ObjectReader reader(node, path, problems);
  effect.delay = reader.Duration("delay").value_or(absl::ZeroDuration());
  const std::vector<std::string> kinds = {"status", "reset", "truncate", "empty", "garbage"};
  const bool any = std::any_of(kinds.begin(), kinds.end(), [&](const auto& k) { return reader.Find(k) != nullptr; });
  if (reader.Find("delay") != nullptr && !any) return effect;
  const std::optional<std::size_t> kind = reader.OneOf(kinds);
  if (!kind) {
    for (const char* beside : {"body", "headers", "retryAfter"}) reader.Find(beside);
    return effect;
  }
  if (*kind == 0) {
    ReadStatusEffect(reader, effect, problems);
    return effect;
  }
  constexpr Effect::Kind kKinds[] = {Effect::Kind::kStatus, Effect::Kind::kReset, Effect::Kind::kTruncate,
                                     Effect::Kind::kEmpty, Effect::Kind::kGarbage};
  effect.kind = kKinds[*kind];
  ObjectReader inner(*reader.Find(kinds[*kind]), reader.PathOf(kinds[*kind]), problems);
  switch (effect.kind) {
    case Effect::Kind::kReset:
      effect.bytes = inner.Count("afterBytes").value_or(0);
      break;
    case Effect::Kind::kTruncate:
      if (inner.OneOf({"atByte", "atFraction"}) == 1u) {
        const JsonNode& fraction = *inner.Find("atFraction");
        double value = -1;
        std::from_chars(fraction.text.data(), fraction.text.data() + fraction.text.size(), value);
        if (fraction.kind != JsonNode::Kind::kNumber || value < 0 || value >= 1) {
          problems.Add(fraction.position, inner.PathOf("atFraction"), "expected a number from 0 to below 1");
        }
        effect.fraction = value;
      } else {
        effect.bytes = inner.Count("atByte").value_or(0);
      }
      break;
    case Effect::Kind::kGarbage:
      inner.Require("bytes");
      effect.bytes = inner.Count("bytes").value_or(0);
      break;
    default:
      break;
  }
  return effect;
}

Rule ReadRule(const JsonNode& node, const std::string& path, const Scenario& scenario, Problems& problems) {
  Rule rule;
  ObjectReader reader(node, path, problems);
  if (const JsonNode* id = reader.Require("id")) rule.id = ReadString(*id, reader.PathOf("id"), problems);
  if (const JsonNode* when = reader.Find("when")) {
    rule.when = ReadCriteria(*when, reader.PathOf("when"), scenario, problems);
  }
  if (const JsonNode* then = reader.Require("then")) rule.then = ReadEffect(*then, reader.PathOf("then"), problems);
  if (const JsonNode* often = reader.Find("often")) {
    ObjectReader often_reader(*often, reader.PathOf("often"), problems);
    if (const JsonNode* share = often_reader.Find("probability"))
      rule.often.probability = ReadShare(*share, often_reader.PathOf("probability"), problems).value_or(1);
    if (const JsonNode* every = often_reader.Find("every"))
      rule.often.every = ReadCount(*every, often_reader.PathOf("every"), problems, 1).value_or(1);
    if (const JsonNode* max = often_reader.Find("max"))
      rule.often.max = ReadCount(*max, often_reader.PathOf("max"), problems, 1).value_or(1);
  }
  return rule;
}

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
    const std::vector<std::string>& operations = OperationNames();
    if (std::find(operations.begin(), operations.end(), moment.sent_operation) == operations.end()) {
      problems.AddUnknown(sent.position, reader.PathOf("sent"), "operation", moment.sent_operation, operations);
    } else if (error != std::errc() || end != number.data() + number.size() || moment.sent_nth == 0) {
      problems.Add(sent.position, reader.PathOf("sent"),
                   "expected an operation and a number from 1 on, such as \"org.members#1\"");
    }
  }
  return moment;
}

// Follows the first organization through the timeline, in the order of the file, so that a change that cannot happen
// is an error of the file.
class TimelineReader {
 public:
  TimelineReader(const Scenario& scenario, Problems& problems) : problems_(problems) {
    for (const Token& token : scenario.tokens) tokens_.push_back(token.id);
    if (scenario.orgs.empty()) return;
    for (const OrgMember& member : scenario.orgs.front().members) members_.insert(member.login);
    for (const Team& team : scenario.orgs.front().teams) teams_.insert(team.name);
  }

  Step Read(const JsonNode& node, const std::string& path) {
    Step step;
    ObjectReader reader(node, path, problems_);
    if (const JsonNode* at = reader.Require("at")) step.at = ReadMoment(*at, reader.PathOf("at"), problems_);
    if (const JsonNode* change = reader.Require("do")) step.change = ReadChange(*change, reader.PathOf("do"));
    return step;
  }

 private:
  using Kind = Change::Kind;

  Change ReadChange(const JsonNode& node, const std::string& path) {
    static const auto& kinds = *new std::vector<std::string>{
        "addMember", "setRole", "removeMember", "addTeam", "removeTeam", "addToTeam", "removeFromTeam", "revokeToken"};
    Change change;
    ObjectReader reader(node, path, problems_);
    const auto kind = reader.OneOf(kinds);
    if (!kind) return change;
    change.kind = static_cast<Kind>(*kind);
    const JsonNode& value = *reader.Find(kinds[*kind]);
    const std::string value_path = reader.PathOf(kinds[*kind]);
    switch (change.kind) {
      case Kind::kRemoveMember:
      case Kind::kRemoveTeam:
      case Kind::kRevokeToken:
        change.name = ReadString(value, value_path, problems_);
        break;
      default:
        ReadPair(value, value_path, change);
    }
    Follow(change, value.position, value_path);
    return change;
  }

  // { "name": role, login or logins }
  void ReadPair(const JsonNode& node, const std::string& path, Change& change) {
    ObjectReader reader(node, path, problems_);
    reader.ForEach([&](const JsonMember& member, const std::string& member_path) {
      change.name = member.key;
      if (change.kind == Kind::kAddMember || change.kind == Kind::kSetRole) {
        change.role = ReadString(member.value, member_path, problems_);
        const std::vector<std::string> roles = {"developer", "admin", "owner"};
        if (std::find(roles.begin(), roles.end(), change.role) == roles.end())
          problems_.AddUnknown(member.value.position, member_path, "role", change.role, roles);
      } else {
        change.members = ReadTexts(&member.value, member_path, problems_).value_or(Texts());
      }
    });
    if (node.kind == JsonNode::Kind::kObject && node.members.size() != 1) {
      problems_.Add(node.position, path, fmt::format("expected one name, found {}", node.members.size()));
    }
  }

  void Follow(const Change& change, Position position, const std::string& path) {
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
      case Kind::kRevokeToken: {
        std::set<std::string> tokens(tokens_.begin(), tokens_.end());
        return need(tokens, change.name, "token");
      }
    }
    for (const std::string& member : change.members) need(members_, member, "member");
  }

  Problems& problems_;
  std::set<std::string> members_;
  std::set<std::string> teams_;
  std::vector<std::string> tokens_;
};

}  // namespace

const std::vector<std::string>& OperationNames() {
  static const auto& names =
      *new std::vector<std::string>{"ping", "whoami", "org.members", "org.teams", "team.members"};
  return names;
}

void ReadBehaviour(ObjectReader& document, Scenario& scenario) {
  Problems& problems = document.problems();
  if (const JsonNode* clock = document.Find("clock")) ReadClock(*clock, scenario, problems);
  if (const JsonNode* pagination = document.Find("pagination")) ReadPagination(*pagination, problems);
  std::set<std::string> ids;
  const auto check_id = [&](const std::string& id, const JsonNode& node, const std::string& path) {
    if (!ids.insert(id).second) problems.Add(node.position, path, fmt::format("the id \"{}\" is taken", id));
  };
  document.ForEachItem("limits", [&](const JsonNode& node, const std::string& path) {
    scenario.limits.push_back(ReadLimit(node, path, problems));
    check_id(scenario.limits.back().id, node, path);
  });
  if (const JsonNode* network = document.Find("network")) ReadNetwork(*network, scenario, problems);
  document.ForEachItem("faults", [&](const JsonNode& node, const std::string& path) {
    scenario.faults.push_back(ReadRule(node, path, scenario, problems));
    check_id(scenario.faults.back().id, node, path);
  });
  TimelineReader timeline(scenario, problems);
  document.ForEachItem("timeline", [&](const JsonNode& node, const std::string& path) {
    scenario.timeline.push_back(timeline.Read(node, path));
  });
}

}  // namespace mock_registry
