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

// Items of a name and a value: so many with the first value, then so many with the second.
template <typename Item>
class AmountSource final : public Source<Item> {
 public:
  AmountSource(NameTemplate name, Amounts amounts) : name_(std::move(name)), amounts_(std::move(amounts)) {
    for (const auto& [value, amount] : amounts_) size_ += amount;
  }

  std::size_t size() const override { return size_; }

  Item At(std::size_t index) const override {
    std::uint64_t end = 0;
    for (const auto& [value, amount] : amounts_) {
      end += amount;
      if (index < end) return {name_.Name(index), value};
    }
    return {};
  }

  std::optional<std::size_t> Find(const std::string& name) const override {
    const auto index = name_.IndexOf(name);
    return index && *index < size_ ? index : std::nullopt;
  }

 private:
  const NameTemplate name_;
  const Amounts amounts_;
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

// A way through n places that comes to each of them once: start, start + stride, start + 2 strides, ... modulo n, with
// which the stride has no common divisor. As n is at most some ten million, no product is out of range.
struct Walk {
  std::uint64_t n = 0;
  std::uint64_t start = 0;
  std::uint64_t stride = 1;

  std::uint64_t PlaceAt(std::uint64_t step) const { return (start + step * stride) % n; }
  std::uint64_t StepTo(std::uint64_t place) const { return (place + n - start) % n * Inverse(stride, n) % n; }
};

// The `index`-th of those for this purpose. `n` is above 0.
Walk DrawWalk(std::uint64_t seed, std::string_view purpose, std::uint64_t index, std::uint64_t n) {
  Walk walk{n, connector::Draw(seed, purpose, "start", index) % n,
            connector::Draw(seed, purpose, "stride", index) % n + 1};
  while (std::gcd(walk.stride, n) != 1) ++walk.stride;
  return walk;
}

// The logins of a roster in the order of a walk through it.
class WalkSource final : public Source<std::string> {
 public:
  WalkSource(Roster roster, const Walk& walk, std::uint64_t size)
      : roster_(std::move(roster)), walk_(walk), size_(size) {}

  std::size_t size() const override { return size_; }

  std::string At(std::size_t index) const override { return (*roster_)[walk_.PlaceAt(index)].login; }

  std::optional<std::size_t> Find(const std::string& name) const override {
    const std::optional<std::size_t> place = roster_->Find(name);
    if (!place) return std::nullopt;
    const std::uint64_t index = walk_.StepTo(*place);
    return index < size_ ? std::optional(index) : std::nullopt;
  }

 private:
  const Roster roster_;
  const Walk walk_;
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
    const std::uint64_t size = std::min<std::uint64_t>(sizes_.Of(index, seed_), n);
    const Walk walk = DrawWalk(seed_, "team", index, n);
    return {name_.Name(index), Sequence<std::string>(std::make_shared<WalkSource>(roster_, walk, size))};
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

// Packages are dealt like cards: each is `holders` cards, one after the other, and the cards go round the teams in the
// order of a walk. So a team's k-th package, and whether it has a package, take no search.
struct Deal {
  Sequence<PackageAccess> packages;
  std::uint64_t holders = 0;
  Walk walk;  // through the teams
};

// What one team is dealt: a card of the first round, and each that is a round later.
class HandSource final : public Source<PackageAccess> {
 public:
  HandSource(std::shared_ptr<const Deal> deal, std::uint64_t team) : deal_(std::move(deal)) {
    first_ = deal_->walk.StepTo(team);
    const std::uint64_t cards = deal_->packages.size() * deal_->holders;
    size_ = first_ < cards ? (cards - first_ - 1) / deal_->walk.n + 1 : 0;
  }

  std::size_t size() const override { return size_; }

  PackageAccess At(std::size_t index) const override {
    return deal_->packages[(first_ + index * deal_->walk.n) / deal_->holders];
  }

  std::optional<std::size_t> Find(const std::string& name) const override {
    const std::optional<std::size_t> package = deal_->packages.Find(name);
    if (!package) return std::nullopt;
    const std::uint64_t round = deal_->walk.n;
    const std::uint64_t begin = *package * deal_->holders;
    const std::uint64_t card = begin + (first_ + round - begin % round) % round;
    return card < begin + deal_->holders ? std::optional((card - first_) / round) : std::nullopt;
  }

 private:
  const std::shared_ptr<const Deal> deal_;
  std::uint64_t first_ = 0;
  std::uint64_t size_ = 0;
};

class DealtTeamSource final : public Source<Team> {
 public:
  DealtTeamSource(Sequence<Team> teams, std::shared_ptr<const Deal> deal)
      : teams_(std::move(teams)), deal_(std::move(deal)) {}

  std::size_t size() const override { return teams_.size(); }

  Team At(std::size_t index) const override {
    Team team = teams_[index];
    team.packages = Sequence<PackageAccess>(std::make_shared<HandSource>(deal_, index));
    return team;
  }

  std::optional<std::size_t> Find(const std::string& name) const override { return teams_.Find(name); }

 private:
  const Sequence<Team> teams_;
  const std::shared_ptr<const Deal> deal_;
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
  return std::make_shared<AmountSource<OrgMember>>(std::move(login), std::move(roles));
}

std::shared_ptr<const Source<Team>> GenerateTeams(NameTemplate name, std::uint64_t count, TeamSizes sizes,
                                                  std::uint64_t seed, Roster roster) {
  return std::make_shared<TeamSource>(std::move(name), count, sizes, seed, std::move(roster));
}

std::shared_ptr<const Source<std::string>> Everyone(Roster roster) {
  const std::size_t size = roster->size();
  return std::make_shared<WalkSource>(std::move(roster), Walk{size}, size);
}

std::shared_ptr<const Source<PackageAccess>> GeneratePackages(NameTemplate name, Amounts accesses) {
  return std::make_shared<AmountSource<PackageAccess>>(std::move(name), std::move(accesses));
}

Sequence<Team> ShareOut(Sequence<PackageAccess> packages, std::uint64_t holders, std::uint64_t seed,
                        Sequence<Team> teams) {
  if (teams.empty() || holders == 0) return teams;
  const Walk walk = DrawWalk(seed, "packages", 0, teams.size());
  auto deal = std::make_shared<const Deal>(Deal{std::move(packages), std::min(holders, walk.n), walk});
  return Sequence<Team>(std::make_shared<DealtTeamSource>(std::move(teams), std::move(deal)));
}

}  // namespace mock_registry
