#include "mock_registry/scenario/org_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "mock_registry/scenario/generator_reader.h"
#include "mock_registry/scenario/package_reader.h"
#include "mock_registry/scenario/words.h"

namespace mock_registry {
namespace {

void CheckRole(const std::string& role, const JsonNode& node, const std::string& path, Problems& problems) {
  if (node.kind == JsonNode::Kind::kString) problems.CheckKnown(node.position, path, "role", role, words::kRoles);
}

Sequence<OrgMember> ReadMembers(const JsonNode& node, const std::string& path, Problems& problems) {
  Sequence<OrgMember> members;
  ObjectReader reader(node, path, problems);
  reader.ForEach([&](const JsonMember& member, const std::string& member_path) {
    std::string role = ReadString(member.value, member_path, problems);
    if (member.key.empty()) problems.Add(member.position, path, "a login is empty");
    CheckRole(role, member.value, member_path, problems);
    members.push_back({member.key, std::move(role)});
  });
  return members;
}

Team ReadTeam(const std::string& name, const JsonNode& node, const std::string& path, const Roster& roster,
              Problems& problems) {
  Team team{name, {}};
  if (name.empty()) problems.Add(node.position, path, "a team's name is empty");
  if (node.kind == JsonNode::Kind::kString && node.text == "all") {
    team.members = Everyone(roster);
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
    FindOrReport(*roster, item.text, "member", item.position, item_path, problems);
    if (!seen.insert(item.text).second) {
      problems.Add(item.position, item_path, fmt::format("\"{}\" is in the team already", item.text));
    }
  }
  return team;
}

Sequence<OrgMember> ReadGeneratedMembers(const JsonNode& node, const std::string& path, Problems& problems) {
  ObjectReader reader(node, path, problems);
  const std::uint64_t count = ReadGeneratedCount(reader);
  const JsonNode* login = reader.Require("login");
  const JsonNode* roles = reader.Require("roles");
  if (login == nullptr || roles == nullptr) return {};
  std::optional<NameTemplate> name = ReadTemplate(*login, reader.PathOf("login"), problems);
  Amounts amounts =
      ReadAmounts(*roles, reader.PathOf("roles"), {"owner", "admin", "developer"}, count, "members", problems);
  if (!name) return {};
  return GenerateMembers(*std::move(name), std::move(amounts));
}

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

Sequence<Team> ReadGeneratedTeams(const JsonNode& node, const std::string& path, std::uint64_t seed,
                                  const Roster& roster, Problems& problems) {
  ObjectReader reader(node, path, problems);
  const std::uint64_t count = ReadGeneratedCount(reader);
  const JsonNode* name_node = reader.Require("name");
  const JsonNode* size = reader.Require("size");
  if (name_node == nullptr || size == nullptr) return {};
  std::optional<NameTemplate> name = ReadTemplate(*name_node, reader.PathOf("name"), problems);
  const TeamSizes sizes = ReadSizes(*size, reader.PathOf("size"), problems);
  if (!name) return {};
  return GenerateTeams(*std::move(name), count, sizes, seed, roster);
}

Sequence<OrgMember> ReadMembersOrGenerator(const JsonNode& node, const std::string& path, Problems& problems) {
  if (!IsGenerator(node)) return ReadMembers(node, path, problems);
  ObjectReader reader(node, path, problems);
  Sequence<OrgMember> members = ReadGeneratedMembers(*reader.Find("generate"), reader.PathOf("generate"), problems);
  reader.ForEachItem("include", [&](const JsonNode& item, const std::string& item_path) {
    ObjectReader member(item, item_path, problems);
    OrgMember included;
    if (member.Require("login") != nullptr) included.login = member.String("login").value_or("");
    if (const JsonNode* role = member.Require("role")) {
      included.role = ReadString(*role, member.PathOf("role"), problems);
      CheckRole(included.role, *role, member.PathOf("role"), problems);
    }
    Include(members, std::move(included), item, item_path, problems);
  });
  return members;
}

Sequence<Team> ReadTeamsOrGenerator(const JsonNode& node, const std::string& path, std::uint64_t seed,
                                    const Roster& roster, Problems& problems) {
  Sequence<Team> teams;
  ObjectReader reader(node, path, problems);
  if (!IsGenerator(node)) {
    reader.ForEach([&](const JsonMember& team, const std::string& team_path) {
      teams.push_back(ReadTeam(team.key, team.value, team_path, roster, problems));
    });
    return teams;
  }
  teams = ReadGeneratedTeams(*reader.Find("generate"), reader.PathOf("generate"), seed, roster, problems);
  reader.ForEachItem("include", [&](const JsonNode& item, const std::string& item_path) {
    ObjectReader team(item, item_path, problems);
    const JsonNode* members = team.Require("members");
    if (team.Require("name") == nullptr || members == nullptr) return;
    const std::string name = team.String("name").value_or("");
    Include(teams, ReadTeam(name, *members, team.PathOf("members"), roster, problems), item, item_path, problems);
  });
  return teams;
}

}  // namespace

Org ReadOrg(const JsonMember& member, const std::string& path, std::uint64_t seed, Problems& problems) {
  Org org{member.key, {}, {}};
  ObjectReader reader(member.value, path, problems);
  if (const JsonNode* members = reader.Require("members")) {
    org.members = ReadMembersOrGenerator(*members, reader.PathOf("members"), problems);
  }
  if (const JsonNode* teams = reader.Find("teams")) {
    const auto roster = std::make_shared<const Sequence<OrgMember>>(org.members);
    org.teams = ReadTeamsOrGenerator(*teams, reader.PathOf("teams"), seed, roster, problems);
  }
  if (const JsonNode* packages = reader.Find("packages")) {
    ReadPackages(*packages, reader.PathOf("packages"), seed, org, problems);
  }
  return org;
}

}  // namespace mock_registry
