#include "mock_registry/scenario/loader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "mock_registry/nearest.h"
#include "mock_registry/scenario/auth_reader.h"
#include "mock_registry/scenario/behaviour_reader.h"
#include "mock_registry/scenario/compose.h"
#include "mock_registry/scenario/expect_reader.h"
#include "mock_registry/scenario/object_reader.h"
#include "mock_registry/scenario/org_reader.h"

namespace mock_registry {
namespace {

constexpr std::uint64_t kVersion = 1;

// { "version": 1 } is a friendly registry.
Org DefaultOrg() {
  return {"acme",
          {{"alice", "owner"}, {"bob", "admin"}, {"carol", "developer"}},
          {{"developers", {"alice", "bob", "carol"}}}};
}

void ReadDocument(const JsonNode& root, Scenario& scenario, Problems& problems) {
  ObjectReader reader(root, "", problems);
  if (reader.Require("version") != nullptr) {
    const auto version = reader.Count("version");
    if (version && *version != kVersion) {
      problems.Add(reader.Find("version")->position, "version",
                   fmt::format("this program reads version {}, the file has {}", kVersion, *version));
    }
  }
  scenario.name = reader.String("name").value_or("");
  scenario.description = reader.String("description").value_or("");
  scenario.tags = reader.Strings("tags");
  scenario.seed = reader.Count("seed").value_or(scenario.seed);
  if (const JsonNode* orgs = reader.Find("orgs")) {
    ObjectReader org_reader(*orgs, "orgs", problems);
    org_reader.ForEach([&](const JsonMember& member, const std::string& path) {
      scenario.orgs.push_back(ReadOrg(member, path, scenario.seed, problems));
    });
  } else {
    scenario.orgs.push_back(DefaultOrg());
  }
  scenario.tokens.emplace_back();
  scenario.tokens.back().id = "default";
  scenario.tokens.back().value = kDefaultToken;
  scenario.tokens.back().user = DefaultUser(scenario.orgs);
  scenario.bypass.operations = WriteOperations();
  if (const JsonNode* auth = reader.Find("auth")) ReadAuth(*auth, scenario, problems);
  ReadBehaviour(reader, scenario);
  ReadExpectations(reader, scenario);
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return absl::InternalError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  return text;
}

absl::StatusOr<std::vector<Scenario>> Parse(std::string_view text, const std::string& file, const ReadFile& read_file) {
  ASSIGN_OR_RETURN(const Composition composition, Compose(text, file, read_file));
  std::vector<Scenario> scenarios;
  for (const Cell& cell : composition.cells) {
    Scenario scenario;
    scenario.file = file;
    scenario.cell = cell.name;
    Problems problems(composition.files);
    ReadDocument(cell.root, scenario, problems);
    RETURN_IF_ERROR(problems.ToStatus());
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

absl::StatusOr<Scenario> TheOnly(std::vector<Scenario> scenarios, const std::string& file) {
  if (scenarios.size() == 1) return std::move(scenarios.front());
  return absl::InvalidArgumentError(fmt::format("{} is a matrix of {} scenarios. Choose one, e.g. {}", file,
                                                scenarios.size(), scenarios.front().cell));
}

}  // namespace

absl::StatusOr<std::vector<Scenario>> ParseScenarios(std::string_view text, const std::string& file) {
  return Parse(text, file, [](const std::string& path) -> absl::StatusOr<std::string> {
    return absl::NotFoundError(fmt::format("cannot open {}: only a file can extend another", path));
  });
}

absl::StatusOr<Scenario> ParseScenario(std::string_view text, const std::string& file) {
  ASSIGN_OR_RETURN(std::vector<Scenario> scenarios, ParseScenarios(text, file));
  return TheOnly(std::move(scenarios), file);
}

absl::StatusOr<std::vector<Scenario>> LoadScenarios(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  return Parse(text, path, ReadText);
}

absl::StatusOr<Scenario> LoadScenario(const std::string& path, const std::string& cell) {
  ASSIGN_OR_RETURN(std::vector<Scenario> scenarios, LoadScenarios(path));
  if (cell.empty()) return TheOnly(std::move(scenarios), path);
  for (Scenario& scenario : scenarios) {
    if (scenario.cell == cell) return std::move(scenario);
  }
  return absl::NotFoundError(fmt::format("{} has no cell {}; the first is {}", path, cell, scenarios.front().cell));
}

}  // namespace mock_registry
