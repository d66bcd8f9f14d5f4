#include "mock_registry/scenario/limit_reader.h"

#include <algorithm>
#include <charconv>

#include "mock_registry/scenario/words.h"

namespace mock_registry {
namespace {

using Model = Limit::Model;

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

void ReadModel(ObjectReader& reader, Limit& limit, Problems& problems) {
  const std::vector<std::string> models = {"bucket", "window", "concurrent"};
  const auto model = reader.OneOf(models);
  if (!model) return;
  const std::string& key = models[*model];
  const JsonNode& node = *reader.Find(key);
  const std::string path = reader.PathOf(key);
  if (key == "concurrent") {
    limit.model = Model::kConcurrent;
    limit.capacity = ReadCount(node, path, problems, 1).value_or(1);
    return;
  }
  ObjectReader inner(node, path, problems);
  if (key == "bucket") {
    inner.Require("capacity");
    limit.capacity = inner.CountOr("capacity", 1, 1);
    if (const JsonNode* refill = inner.Require("refill"))
      limit.refill_per_second = ReadRate(*refill, inner.PathOf("refill"), problems).value_or(1);
    return;
  }
  inner.Require("limit");
  limit.capacity = inner.CountOr("limit", 1, 1);
  limit.model = inner.Choice("kind", {"fixed", "sliding"}) == 1u ? Model::kSlidingWindow : Model::kFixedWindow;
  inner.Require("every");
  limit.every = inner.Duration("every").value_or(absl::Seconds(1));
  if (limit.every <= absl::ZeroDuration())
    problems.Add(node.position, inner.PathOf("every"), "a window lasts longer than 0");
}

void ReadReject(const JsonNode& node, const std::string& path, Limit& limit, Problems& problems) {
  ObjectReader reader(node, path, problems);
  limit.status = static_cast<int>(reader.CountOr("status", 429, 400));
  if (limit.status > 599) problems.Add(node.position, reader.PathOf("status"), "expected a status from 400 to 599");
  if (const auto form = reader.Choice("retryAfter", words::kRetryAfter)) {
    limit.retry_after = static_cast<Limit::RetryAfter>(*form);
  }
  limit.html = reader.Choice("body", {"json", "html"}) == 1u;
}

void ReadHeaders(const JsonNode& node, const std::string& path, Limit& limit, Problems& problems) {
  ObjectReader reader(node, path, problems);
  reader.Require("dialect");
  limit.headers =
      reader.Choice("dialect", words::kLimitHeaders) == 1u ? Limit::Dialect::kXRateLimit : Limit::Dialect::kRateLimit;
  if (const auto form = reader.Choice("reset", words::kResets)) {
    limit.reset = static_cast<Limit::Reset>(*form);
  }
}

}  // namespace

Limit ReadLimit(const JsonNode& node, const std::string& path, Problems& problems) {
  Limit limit;
  ObjectReader reader(node, path, problems);
  if (const JsonNode* id = reader.Require("id")) limit.id = ReadString(*id, reader.PathOf("id"), problems);
  if (const auto key = reader.Choice("key", words::kLimitKeys)) {
    limit.key = static_cast<Limit::Key>(*key);
  }
  ReadModel(reader, limit, problems);
  if (const JsonNode* cost = reader.Find("cost")) {
    ObjectReader costs(*cost, reader.PathOf("cost"), problems);
    for (const std::string& operation : OperationNames()) {
      const JsonNode* value = costs.Find(operation);
      if (value == nullptr) continue;
      const std::uint64_t price = costs.CountOr(operation, 1);
      limit.cost[operation] = price;
      if (price > limit.capacity) {
        problems.Add(value->position, costs.PathOf(operation),
                     fmt::format("costs {}, more than the limit of {} ever allows", price, limit.capacity));
      }
    }
  }
  if (const JsonNode* reject = reader.Find("reject")) ReadReject(*reject, reader.PathOf("reject"), limit, problems);
  if (const JsonNode* headers = reader.Find("headers"))
    ReadHeaders(*headers, reader.PathOf("headers"), limit, problems);
  return limit;
}

}  // namespace mock_registry
