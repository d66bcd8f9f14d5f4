#include "mock_registry/scenario/org_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "connector/core/rng.h"
#include "mock_registry/nearest.h"
#include "mock_registry/scenario/words.h"

namespace mock_registry {
namespace {

constexpr std::uint64_t kMostGenerated = 10'000'000;

void CheckRole(const std::string& role, const JsonNode& node, const std::string& path, Problems& problems) {
  if (node.kind == JsonNode::Kind::kString) problems.CheckKnown(node.position, path, "role", role, words::kRoles);
}

std::vector<OrgMember> ReadMembers(const JsonNode& node, const std::string& path, Problems& problems) {
  std::vector<OrgMember> members;
  ObjectReader reader(node, path, problems);
  reader.ForEach([&](const JsonMember& member, const std::string& member_path) {
    std::string role = ReadString(member.value, member_path, problems);
    if (member.key.empty()) problems.Add(member.position, path, "a login is empty");
    CheckRole(role, member.value, member_path, problems);
    members.push_back({member.key, std::move(role)});
  });
  return members;
}

void CheckTeamMember(const JsonNode& node, const std::string& path, const std::set<std::string>& logins,
                     Problems& problems) {
  if (logins.contains(node.text)) return;
  std::string message = fmt::format("\"{}\" is not a member of the organization.", node.text);
  if (const auto nearest = Nearest(node.text, {logins.begin(), logins.end()}))
    message += fmt::format(" Did you mean \"{}\"?", *nearest);
  problems.Add(node.position, path, message);
}

Team ReadTeam(const std::string& name, const JsonNode& node, const std::string& path, const Org& org,
              const std::set<std::string>& logins, Problems& problems) {
  Team team{name, {}};
  if (name.empty()) problems.Add(node.position, path, "a team's name is empty");
  if (node.kind == JsonNode::Kind::kString && node.text == "all") {
    for (const OrgMember& everyone : org.members) team.members.push_back(everyone.login);
    return team;
  }
  if (node.kind != JsonNode::Kind::kArray) {
    problems.Add(node.position, path, fmt::format("expected an array of logins or \"all\", found {}", node.KindName()));
    return team;
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const JsonNode& item = node.items[i];
    const std::string item_path = fmt::format("{}[{}]", path, i);
    team.members.push_back(ReadString(item, item_path, problems));
    if (item.kind != JsonNode::Kind::kString) continue;
    CheckTeamMember(item, item_path, logins, problems);
    if (!seen.insert(item.text).second) {
      problems.Add(item.position, item_path, fmt::format("\"{}\" is in the team already", item.text));
    }
  }
  return team;
}

// A name with the index in place of {i}, or {i:06} with zeros before it.
class NameTemplate {
 public:
  NameTemplate(const JsonNode& node, const std::string& path, Problems& problems) {
    const std::string text = ReadString(node, path, problems);
    const std::size_t open = text.find("{i");
    const std::size_t close = std::min(text.find('}', open), text.size());
    const std::string width = open == std::string::npos ? "" : text.substr(open + 2, close - open - 2);
    const bool padded = width.starts_with(":0");
    if (padded) std::from_chars(width.data() + 2, width.data() + width.size(), width_);
    constexpr std::size_t kWidest = 20;
    if (open == std::string::npos || close == text.size() || (!width.empty() && !padded) || width_ > kWidest) {
      problems.Add(node.position, path,
                   fmt::format("expected a name with {{i}} or {{i:06}} in it, found \"{}\"", text));
      return;
    }
    before_ = text.substr(0, open);
    after_ = text.substr(close + 1);
  }

  std::string Name(std::uint64_t index) const { return fmt::format("{}{:0{}}{}", before_, index, width_, after_); }

 private:
  std::string before_;
  std::string after_;
  std::size_t width_ = 1;
};

// How many members have each role, in the order of the numbers: owners, admins, developers.
std::vector<std::pair<std::string, std::uint64_t>> ReadRoles(const JsonNode& node, const std::string& path,
                                                             std::uint64_t count, Problems& problems) {
  std::vector<std::pair<std::string, std::uint64_t>> amounts;
  std::optional<std::size_t> rest;
  std::uint64_t sum = 0;
  ObjectReader reader(node, path, problems);
  for (const char* role : {"owner", "admin", "developer"}) {
    const JsonNode* amount = reader.Find(role);
    if (amount == nullptr) continue;
    std::uint64_t number = 0;
    if (amount->kind == JsonNode::Kind::kString && amount->text == "rest") {
      if (rest) problems.Add(amount->position, reader.PathOf(role), "only one role can have the rest");
      rest = amounts.size();
    } else if (amount->kind == JsonNode::Kind::kString) {
      number = static_cast<std::uint64_t>(ReadShare(*amount, reader.PathOf(role), problems).value_or(0) *
                                          static_cast<double>(count));
    } else {
      number = ReadCount(*amount, reader.PathOf(role), problems).value_or(0);
    }
    sum += std::min(number, kMostGenerated);
    amounts.emplace_back(role, number);
  }
  if (sum > count || (!rest && sum != count)) {
    problems.Add(node.position, path, fmt::format("these are {} members, and the count is {}", sum, count));
  } else if (rest) {
    amounts[*rest].second = count - sum;
  }
  return amounts;
}

std::uint64_t ReadGeneratedCount(ObjectReader& reader) {
  const JsonNode* count = reader.Require("count");
  const std::uint64_t number = reader.CountOr("count", 1, 1);
  if (number <= kMostGenerated) return number;
  reader.problems().Add(count->position, reader.PathOf("count"), fmt::format("at most {} can be made", kMostGenerated));
  return 1;
}

std::vector<OrgMember> GenerateMembers(const JsonNode& node, const std::string& path, Problems& problems) {
  std::vector<OrgMember> members;
  ObjectReader reader(node, path, problems);
  const std::uint64_t count = ReadGeneratedCount(reader);
  const JsonNode* login = reader.Require("login");
  const JsonNode* roles = reader.Require("roles");
  if (login == nullptr || roles == nullptr) return members;
  const NameTemplate name(*login, reader.PathOf("login"), problems);
  for (const auto& [role, amount] : ReadRoles(*roles, reader.PathOf("roles"), count, problems)) {
    for (std::uint64_t i = 0; i < amount && members.size() < count; ++i)
      members.push_back({name.Name(members.size()), role});
  }
  return members;
}

// Of the team with this number.
struct TeamSizes {
  enum class Kind { kFixed, kUniform, kZipf };
  Kind kind = Kind::kFixed;
  std::uint64_t low = 0;   // the size, or the minimum
  std::uint64_t high = 0;  // the maximum
  double exponent = 1;

  std::uint64_t Of(std::uint64_t index, std::uint64_t seed) const {
    switch (kind) {
      case Kind::kUniform:
        return low + connector::Draw(seed, "team size", "", index) % (high - low + 1);
      case Kind::kZipf:
        return std::max<std::uint64_t>(
            1,
            static_cast<std::uint64_t>(static_cast<double>(high) / std::pow(static_cast<double>(index + 1), exponent)));
      case Kind::kFixed:
        break;
    }
    return low;
  }
};

TeamSizes ReadSizes(const JsonNode& node, const std::string& path, Problems& problems) {
  TeamSizes sizes;
  ObjectReader reader(node, path, problems);
  reader.Require("dist");
  sizes.kind = static_cast<TeamSizes::Kind>(reader.Choice("dist", {"fixed", "uniform", "zipf"}).value_or(0));
  switch (sizes.kind) {
    case TeamSizes::Kind::kFixed:
      reader.Require("size");
      sizes.low = reader.CountOr("size", 0);
      break;
    case TeamSizes::Kind::kUniform:
      reader.Require("min");
      reader.Require("max");
      sizes.low = reader.CountOr("min", 0);
      sizes.high = reader.CountOr("max", sizes.low);
      if (sizes.low > sizes.high) {
        problems.Add(node.position, path, "\"min\" is above \"max\"");
        sizes.high = sizes.low;
      }
      break;
    case TeamSizes::Kind::kZipf:
      reader.Require("max");
      sizes.high = reader.CountOr("max", 1, 1);
      if (const JsonNode* exponent = reader.Require("s")) {
        std::from_chars(exponent->text.data(), exponent->text.data() + exponent->text.size(), sizes.exponent);
        if (exponent->kind != JsonNode::Kind::kNumber || sizes.exponent <= 0)
          problems.Add(exponent->position, reader.PathOf("s"), "expected a number above 0");
      }
  }
  return sizes;
}

// `size` different members of `org`: every so many, from a place that is drawn.
std::vector<std::string> DrawMembers(const Org& org, std::uint64_t size, std::uint64_t team, std::uint64_t seed) {
  const std::uint64_t count = org.members.size();
  std::vector<std::string> members;
  if (count == 0) return members;
  std::uint64_t stride = connector::Draw(seed, "team stride", "", team) % count + 1;
  while (std::gcd(stride, count) != 1) ++stride;
  std::uint64_t at = connector::Draw(seed, "team start", "", team) % count;
  for (std::uint64_t i = 0; i < std::min(size, count); ++i, at = (at + stride) % count) {
    members.push_back(org.members[at].login);
  }
  return members;
}

void GenerateTeams(const JsonNode& node, const std::string& path, std::uint64_t seed, Org& org, Problems& problems) {
  ObjectReader reader(node, path, problems);
  const std::uint64_t count = ReadGeneratedCount(reader);
  const JsonNode* name_node = reader.Require("name");
  const JsonNode* size = reader.Require("size");
  if (name_node == nullptr || size == nullptr) return;
  const NameTemplate name(*name_node, reader.PathOf("name"), problems);
  const TeamSizes sizes = ReadSizes(*size, reader.PathOf("size"), problems);
  for (std::uint64_t i = 0; i < count; ++i) {
    org.teams.push_back({name.Name(i), DrawMembers(org, sizes.Of(i, seed), i, seed)});
  }
}

// A map may have a user or team of that name, but not with such a value.
bool IsGenerator(const JsonNode& node) {
  return std::any_of(node.members.begin(), node.members.end(), [](const JsonMember& member) {
    return member.key == "generate" && member.value.kind == JsonNode::Kind::kObject;
  });
}

void ReadGeneratedMembers(const JsonNode& node, const std::string& path, Org& org, Problems& problems) {
  ObjectReader reader(node, path, problems);
  org.members = GenerateMembers(*reader.Find("generate"), reader.PathOf("generate"), problems);
  reader.ForEachItem("include", [&](const JsonNode& item, const std::string& item_path) {
    ObjectReader member(item, item_path, problems);
    OrgMember included;
    if (member.Require("login") != nullptr) included.login = member.String("login").value_or("");
    if (const JsonNode* role = member.Require("role")) {
      included.role = ReadString(*role, member.PathOf("role"), problems);
      CheckRole(included.role, *role, member.PathOf("role"), problems);
    }
    org.members.push_back(std::move(included));
  });
}

void ReadGeneratedTeams(const JsonNode& node, const std::string& path, std::uint64_t seed,
                        const std::set<std::string>& logins, Org& org, Problems& problems) {
  ObjectReader reader(node, path, problems);
  GenerateTeams(*reader.Find("generate"), reader.PathOf("generate"), seed, org, problems);
  reader.ForEachItem("include", [&](const JsonNode& item, const std::string& item_path) {
    ObjectReader team(item, item_path, problems);
    const JsonNode* members = team.Require("members");
    if (team.Require("name") == nullptr || members == nullptr) return;
    org.teams.push_back(
        ReadTeam(team.String("name").value_or(""), *members, team.PathOf("members"), org, logins, problems));
  });
}

// What a map cannot have, a generator beside a list can.
template <typename Items, typename Name>
void CheckDistinct(const Items& items, const Name& name, Position position, const std::string& path,
                   Problems& problems) {
  std::set<std::string> seen;
  for (const auto& item : items) {
    if (!seen.insert(name(item)).second) problems.Add(position, path, fmt::format("\"{}\" is there twice", name(item)));
  }
}

}  // namespace

Org ReadOrg(const JsonMember& member, const std::string& path, std::uint64_t seed, Problems& problems) {
  Org org{member.key, {}, {}};
  ObjectReader reader(member.value, path, problems);
  if (const JsonNode* members = reader.Require("members")) {
    const std::string members_path = reader.PathOf("members");
    if (IsGenerator(*members)) {
      ReadGeneratedMembers(*members, members_path, org, problems);
      CheckDistinct(
          org.members, [](const OrgMember& m) { return m.login; }, members->position, members_path, problems);
    } else {
      org.members = ReadMembers(*members, members_path, problems);
    }
  }
  std::set<std::string> logins;
  for (const OrgMember& org_member : org.members) logins.insert(org_member.login);
  const JsonNode* teams = reader.Find("teams");
  if (teams == nullptr) return org;
  const std::string teams_path = reader.PathOf("teams");
  if (IsGenerator(*teams)) {
    ReadGeneratedTeams(*teams, teams_path, seed, logins, org, problems);
    CheckDistinct(
        org.teams, [](const Team& team) { return team.name; }, teams->position, teams_path, problems);
  } else {
    ObjectReader team_reader(*teams, teams_path, problems);
    team_reader.ForEach([&](const JsonMember& team, const std::string& team_path) {
      org.teams.push_back(ReadTeam(team.key, team.value, team_path, org, logins, problems));
    });
  }
  return org;
}

}  // namespace mock_registry
