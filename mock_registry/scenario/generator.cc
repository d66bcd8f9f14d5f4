#include "mock_registry/scenario/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string_view>

#include "connector/core/rng.h"

namespace mock_registry {
namespace {

class MemberSource final : public Source<OrgMember> {
 public:
  MemberSource(NameTemplate login, Amounts roles) : login_(std::move(login)), roles_(std::move(roles)) {
    for (const auto& [role, amount] : roles_) size_ += amount;
  }

  std::size_t size() const override { return size_; }

  OrgMember At(std::size_t index) const override {
    std::uint64_t end = 0;
    for (const auto& [role, amount] : roles_) {
      end += amount;
      if (index < end) return {login_.Name(index), role};
    }
    return {};
  }

  std::optional<std::size_t> Find(const std::string& name) const override {
    const auto index = login_.IndexOf(name);
    return index && *index < size_ ? index : std::nullopt;
  }

 private:
  const NameTemplate login_;
  const Amounts roles_;
  std::size_t size_ = 0;
};

// x with a * x = 1 modulo n; `a` and `n` have no common divisor.
std::uint64_t Inverse(std::uint64_t a, std::uint64_t n) {
  std::int64_t x = 1, next_x = 0;
  auto rest = static_cast<std::int64_t>(a), next_rest = static_cast<std::int64_t>(n);
  while (next_rest != 0) {
    const std::int64_t quotient = rest / next_rest;
    rest = std::exchange(next_rest, rest - quotient * next_rest);
    x = std::exchange(next_x, x - quotient * next_x);
  }
  return static_cast<std::uint64_t>(x < 0 ? x + static_cast<std::int64_t>(n) : x);
}

// The logins at start, start + stride, start + 2 strides, ... of a roster of n, modulo n, with which the stride has no
// common divisor. As n is at most some ten million, no product is out of range.
class StrideSource final : public Source<std::string> {
 public:
  StrideSource(Roster roster, std::uint64_t start, std::uint64_t stride, std::uint64_t size)
      : roster_(std::move(roster)), start_(start), stride_(stride), size_(size) {}

  std::size_t size() const override { return size_; }

  std::string At(std::size_t index) const override {
    return (*roster_)[(start_ + index * stride_) % roster_->size()].login;
  }

  std::optional<std::size_t> Find(const std::string& name) const override {
    const std::optional<std::size_t> at = roster_->Find(name);
    if (!at) return std::nullopt;
    const std::uint64_t n = roster_->size();
    const std::uint64_t index = (*at + n - start_) % n * Inverse(stride_, n) % n;
    return index < size_ ? std::optional(index) : std::nullopt;
  }

 private:
  const Roster roster_;
  const std::uint64_t start_;
  const std::uint64_t stride_;
  const std::uint64_t size_;
};

class TeamSource final : public Source<Team> {
 public:
  TeamSource(NameTemplate name, std::uint64_t count, TeamSizes sizes, std::uint64_t seed, Roster roster)
      : name_(std::move(name)), count_(count), sizes_(sizes), seed_(seed), roster_(std::move(roster)) {}

  std::size_t size() const override { return count_; }

  Team At(std::size_t index) const override {
    const std::uint64_t n = roster_->size();
    if (n == 0) return {name_.Name(index), {}};
    std::uint64_t stride = connector::Draw(seed_, "team stride", "", index) % n + 1;
    while (std::gcd(stride, n) != 1) ++stride;
    const std::uint64_t start = connector::Draw(seed_, "team start", "", index) % n;
    const std::uint64_t size = std::min<std::uint64_t>(sizes_.Of(index, seed_), n);
    return {name_.Name(index), Sequence<std::string>(std::make_shared<StrideSource>(roster_, start, stride, size))};
  }

  std::optional<std::size_t> Find(const std::string& name) const override {
    const auto index = name_.IndexOf(name);
    return index && *index < count_ ? index : std::nullopt;
  }

 private:
  const NameTemplate name_;
  const std::uint64_t count_;
  const TeamSizes sizes_;
  const std::uint64_t seed_;
  const Roster roster_;
};

}  // namespace

std::optional<NameTemplate> NameTemplate::Parse(const std::string& text) {
  constexpr std::size_t kWidest = 20;
  NameTemplate name;
  const std::size_t open = text.find("{i");
  const std::size_t close = std::min(text.find('}', open), text.size());
  const std::string width = open == std::string::npos ? "" : text.substr(open + 2, close - open - 2);
  const bool padded = width.starts_with(":0");
  if (padded) std::from_chars(width.data() + 2, width.data() + width.size(), name.width_);
  if (open == std::string::npos || close == text.size() || (!width.empty() && !padded) || name.width_ > kWidest) {
    return std::nullopt;
  }
  name.before_ = text.substr(0, open);
  name.after_ = text.substr(close + 1);
  return name;
}

std::string NameTemplate::Name(std::uint64_t index) const {
  const fmt::format_int digits(index);
  std::string name;
  name.reserve(before_.size() + std::max(width_, digits.size()) + after_.size());
  name += before_;
  if (digits.size() < width_) name.append(width_ - digits.size(), '0');
  name.append(digits.data(), digits.size());
  return name += after_;
}

std::optional<std::uint64_t> NameTemplate::IndexOf(const std::string& name) const {
  if (name.size() <= before_.size() + after_.size() || !name.starts_with(before_) || !name.ends_with(after_)) {
    return std::nullopt;
  }
  std::uint64_t index = 0;
  const char* const end = name.data() + name.size() - after_.size();
  const auto parsed = std::from_chars(name.data() + before_.size(), end, index);
  if (parsed.ec != std::errc() || parsed.ptr != end || Name(index) != name) return std::nullopt;
  return index;
}

std::uint64_t TeamSizes::Of(std::uint64_t index, std::uint64_t seed) const {
  switch (kind) {
    case Kind::kUniform:
      return low + connector::Draw(seed, "team size", "", index) % (high - low + 1);
    case Kind::kZipf: {
      const double size = static_cast<double>(high) / std::pow(static_cast<double>(index + 1), exponent);
      return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(size));
    }
    case Kind::kFixed:
      break;
  }
  return low;
}

std::shared_ptr<const Source<OrgMember>> GenerateMembers(NameTemplate login, Amounts roles) {
  return std::make_shared<MemberSource>(std::move(login), std::move(roles));
}

std::shared_ptr<const Source<Team>> GenerateTeams(NameTemplate name, std::uint64_t count, TeamSizes sizes,
                                                  std::uint64_t seed, Roster roster) {
  return std::make_shared<TeamSource>(std::move(name), count, sizes, seed, std::move(roster));
}

std::shared_ptr<const Source<std::string>> Everyone(Roster roster) {
  const std::size_t size = roster->size();
  return std::make_shared<StrideSource>(std::move(roster), 0, 1, size);
}

}  // namespace mock_registry
