// The schema that editors read and the loader agree.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "mock_registry/scenario/loader.h"
#include "tests/testing/temp_folder.h"

namespace mock_registry {
namespace {

using Json = nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

std::vector<std::string> Scenarios(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().string().ends_with(".scenario.json")) files.push_back(entry.path().string());
  }
  return files;
}

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest() {
    document_ =
        Json::parse(testing_util::ReadBytes(std::string(SOURCE_FOLDER) + "/scenarios/schema/scenario.schema.json"));
    valijson::SchemaParser parser;
    parser.populateSchema(NlohmannJsonAdapter(document_), schema_);
  }

  // "" or the first error.
  std::string Refusal(const std::string& text) const {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
    if (json.is_discarded()) return "no JSON";
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema_, NlohmannJsonAdapter(json), &results)) return "";
    valijson::ValidationResults::Error error;
    return results.popError(error) ? error.description : "refused";
  }

  Json document_;
  valijson::Schema schema_;
};

TEST_F(SchemaTest, AcceptsWhatTheLoaderAccepts) {
  for (const std::string& file : Scenarios(std::string(SOURCE_FOLDER) + "/scenarios")) {
    EXPECT_TRUE(LoadScenarios(file).ok()) << file;
    EXPECT_EQ(Refusal(testing_util::ReadBytes(file)), "") << file;
  }
}

TEST_F(SchemaTest, RefusesWhatTheLoaderRefuses) {
  // What one value says about another, or about other files, no schema can tell.
  const std::set<std::string> beyond = {
      "21-team-of-a-stranger", "27-unknown-rule",         "28-same-id-twice",    "29-unknown-token",
      "30-joins-twice",        "32-unknown-variable",     "33-extends-nothing",  "34-extends-itself",
      "37-same-key-twice",     "44-counts-reversed",      "45-error-of-success", "46-retry-after-in-parts",
      "48-foreign-cursor",     "50-cost-above-the-limit", "56-page-and-nth",     "58-package-of-no-team"};
  for (const std::string& file : Scenarios(std::string(SOURCE_FOLDER) + "/tests/broken_scenarios")) {
    EXPECT_FALSE(LoadScenarios(file).ok()) << file;
    std::string name = std::filesystem::path(file).filename();
    name.resize(name.find('.'));
    EXPECT_EQ(Refusal(testing_util::ReadBytes(file)).empty(), beyond.contains(name)) << file;
  }
}

TEST_F(SchemaTest, EveryScenarioNamesItAndEveryPropertyHasADescription) {
  for (const std::string& file : Scenarios(std::string(SOURCE_FOLDER) + "/scenarios")) {
    const Json json = Json::parse(testing_util::ReadBytes(file));
    const std::filesystem::path named = std::filesystem::path(file).parent_path() / json.value("$schema", "none");
    EXPECT_TRUE(std::filesystem::exists(named)) << file;
    EXPECT_GE(json.value("description", "").size(), 40u) << file;
  }
  const std::function<void(const Json&)> check = [&](const Json& node) {
    if (node.is_object() && node.contains("properties") && node["properties"].is_object()) {
      for (const auto& [name, property] : node["properties"].items()) {
        const bool referred = property.contains("$ref");
        EXPECT_TRUE(referred || !property.value("description", "").empty()) << name;
      }
    }
    for (const auto& child : node) {
      if (child.is_structured()) check(child);
    }
  };
  check(document_);
}

}  // namespace
}  // namespace mock_registry
