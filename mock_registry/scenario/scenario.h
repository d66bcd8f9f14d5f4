// What one *.scenario.json says, with every default filled in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mock_registry {

struct OrgMember {
  std::string login;
  std::string role;  // developer, admin or owner
};

struct Team {
  std::string name;
  std::vector<std::string> members;  // logins, each a member of the organization
};

// Members and teams in the order of the file, which is the order they are served in: a client must not count on any.
struct Org {
  std::string name;
  std::vector<OrgMember> members;
  std::vector<Team> teams;
};

struct Token {
  std::string id;  // stands for the token in everything that people read
  std::string value;
  std::string user;
};

struct Scenario {
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  std::uint64_t seed = 1;
  std::vector<Org> orgs;
  std::vector<Token> tokens;
};

// The token of a scenario that names none.
inline constexpr const char* kDefaultToken = "npm_mockmockmockmockmockmockmockmockmock";

}  // namespace mock_registry
