#include "mock_registry/scenario/fault_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mock_registry {
namespace {

std::optional<NumberSet> ReadNumbers(const JsonNode* node, const std::string& path, Problems& problems) {
  if (node == nullptr) return std::nullopt;
  NumberSet numbers;
  if (node->kind == JsonNode::Kind::kArray) {
    for (const JsonNode& item : node->items) numbers.values.push_back(ReadCount(item, path, problems, 1).value_or(1));
    if (numbers.values.empty()) problems.Add(node->position, path, "expected at least one number");
  } else if (node->kind == JsonNode::Kind::kObject) {
    ObjectReader reader(*node, path, problems);
    numbers.from = reader.CountOr("from", 1, 1);
    numbers.up_to = reader.CountOr("upTo", numbers.up_to, 1);
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
    fields[member.key] = ReadTexts(member.value, member_path, problems);
  });
  return fields;
}

bool IsGlob(const std::string& text) { return text.find_first_of("*?") != std::string::npos; }

Criteria ReadCriteria(const JsonNode& node, const std::string& path, const Scenario& scenario, Problems& problems) {
  Criteria when;
  ObjectReader reader(node, path, problems);
  const auto texts = [&](const char* key) -> std::optional<Texts> {
    const JsonNode* value = reader.Find(key);
    if (value == nullptr) return std::nullopt;
    return ReadTexts(*value, reader.PathOf(key), problems);
  };
  const auto numbers = [&](const char* key) { return ReadNumbers(reader.Find(key), reader.PathOf(key), problems); };
  // A name that nothing can have is a slip of the finger.
  const auto check = [&](const char* key, const std::optional<Texts>& values, const std::vector<std::string>& known) {
    for (const std::string& value : values.value_or(Texts())) {
      if (!IsGlob(value)) problems.CheckKnown(reader.Find(key)->position, reader.PathOf(key), key, value, known);
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
  when.cursor = texts("cursor");
  when.page = numbers("page");
  when.nth = numbers("nth");
  when.attempt = numbers("attempt");
  when.request = numbers("request");
  when.connection = numbers("connection");
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

void ReadFraction(ObjectReader& reader, Effect& effect, Problems& problems) {
  if (reader.OneOf({"atByte", "atFraction"}) != 1u) {
    effect.bytes = reader.CountOr("atByte", 0);
    return;
  }
  const JsonNode& fraction = *reader.Find("atFraction");
  double value = -1;
  std::from_chars(fraction.text.data(), fraction.text.data() + fraction.text.size(), value);
  if (fraction.kind != JsonNode::Kind::kNumber || value < 0 || value >= 1) {
    problems.Add(fraction.position, reader.PathOf("atFraction"), "expected a number from 0 to below 1");
  }
  effect.fraction = value;
}

// The object of an effect, `{ "afterBytes": 10 }`.
void ReadParameters(ObjectReader& reader, Effect& effect, Problems& problems) {
  using Kind = Effect::Kind;
  const auto need_duration = [&](const char* key) {
    reader.Require(key);
    effect.pause = reader.Duration(key).value_or(absl::ZeroDuration());
  };
  switch (effect.kind) {
    case Kind::kReset:
    case Kind::kClose:
      effect.bytes = reader.CountOr("afterBytes", 0);
      break;
    case Kind::kTruncate:
      ReadFraction(reader, effect, problems);
      break;
    case Kind::kStall:
      effect.bytes = reader.CountOr("afterBytes", 0);
      need_duration("for");
      break;
    case Kind::kDribble:
      effect.bytes = reader.CountOr("chunk", 1, 1);
      need_duration("every");
      break;
    case Kind::kGarbage:
    case Kind::kGiantHeader:
      reader.Require("bytes");
      effect.bytes = reader.CountOr("bytes", 0);
      break;
    case Kind::kBadLength:
      if (const JsonNode* delta = reader.Require("delta")) {
        const auto [end, error] =
            std::from_chars(delta->text.data(), delta->text.data() + delta->text.size(), effect.delta);
        if (delta->kind != JsonNode::Kind::kNumber || error != std::errc() ||
            end != delta->text.data() + delta->text.size() || effect.delta == 0) {
          problems.Add(delta->position, reader.PathOf("delta"),
                       fmt::format("expected a whole number that is not 0, found {}", delta->text));
        }
      }
      break;
    case Kind::kDuplicateHeader:
      effect.variant = reader.String("name").value_or("content-length");
      effect.value = reader.String("value");
      break;
    default:
      break;
  }
}

Effect ReadEffect(const JsonNode& node, const std::string& path, Problems& problems) {
  Effect effect;
  ObjectReader reader(node, path, problems);
  effect.delay = reader.Duration("delay").value_or(absl::ZeroDuration());
  const std::vector<std::string> kinds(EffectNames().begin() + 1, EffectNames().end());
  const bool any = std::any_of(kinds.begin(), kinds.end(), [&](const auto& k) { return reader.Find(k) != nullptr; });
  if (reader.Find("delay") != nullptr && !any) return effect;
  const std::optional<std::size_t> kind = reader.OneOf(kinds);
  if (!kind) {
    for (const char* beside : {"body", "headers", "retryAfter"}) reader.Find(beside);
    return effect;
  }
  effect.kind = static_cast<Effect::Kind>(*kind + 1);
  const std::string& key = kinds[*kind];
  if (effect.kind == Effect::Kind::kStatus) {
    ReadStatusEffect(reader, effect, problems);
  } else if (effect.kind == Effect::Kind::kWrongType) {
    effect.variant = reader.String(key).value_or("");
  } else if (const std::vector<std::string>& variants = VariantsOf(effect.kind); !variants.empty()) {
    if (const auto variant = reader.Choice(key, variants)) effect.variant = variants[*variant];
  } else {
    const JsonNode& parameters = *reader.Find(key);
    ObjectReader inner(parameters, reader.PathOf(key), problems);
    ReadParameters(inner, effect, problems);
  }
  return effect;
}

}  // namespace

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
    rule.often.every = often_reader.CountOr("every", 1, 1);
    rule.often.max = often_reader.CountOr("max", rule.often.max, 1);
  }
  return rule;
}

}  // namespace mock_registry
