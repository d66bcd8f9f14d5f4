#include "connector/store/bulk_insert.h"

#include <gmock/gmock.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace connector {
namespace {

using ::testing::ElementsAre;
using testing_util::IsOk;
using testing_util::StatusIs;

class BulkInsertTest : public ::testing::Test {
 protected:
  BulkInsertTest() {
    EXPECT_THAT(database_.Execute(
                    "CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT, parent TEXT, name TEXT UNIQUE, data BLOB)"),
                IsOk());
  }

  // "id kind parent name data", with "NULL" for it and the type of data.
  std::vector<std::string> Rows() {
    std::vector<std::string> rows;
    Statement query = *database_.Prepare(
        "SELECT id || ' ' || kind || ' ' || ifnull(parent, 'NULL') || ' ' || name || ' ' || typeof(data) FROM t ORDER "
        "BY id");
    while (*query.Next()) rows.emplace_back(query.Text(0));
    return rows;
  }

  testing_util::TempFolder folder_;
  Database database_ = *Database::Open(folder_.File("db"));
  BulkInsert rows_{database_, "t", {"kind", "parent"}, {"name", "data"}};
};

TEST_F(BulkInsertTest, KeepsTheOrderAcrossSharedValues) {
  EXPECT_THAT(rows_.Share({"user", std::nullopt}), IsOk());
  EXPECT_THAT(rows_.Add({"a", ""}), IsOk());
  EXPECT_THAT(rows_.Add({"b", "x"}), IsOk());
  EXPECT_THAT(rows_.Share({"team", "acme"}), IsOk());
  EXPECT_THAT(rows_.Add({"c", std::string_view("\0y", 2)}), IsOk());
  EXPECT_THAT(rows_.Flush(), IsOk());
  EXPECT_THAT(Rows(), ElementsAre("1 user NULL a blob", "2 user NULL b blob", "3 team acme c blob"));
}

TEST_F(BulkInsertTest, TakesAnyNumberOfRows) {
  std::size_t total = 0;
  for (const std::size_t count : {0u, 1u, 2u, 3u, 5u, 63u, 255u, 256u, 257u, 600u}) {
    EXPECT_THAT(rows_.Share({std::to_string(count), "p"}), IsOk());
    for (std::size_t i = 0; i < count; ++i) EXPECT_THAT(rows_.Add({std::to_string(++total), "d"}), IsOk());
    EXPECT_THAT(rows_.Flush(), IsOk());
    const std::vector<std::string> rows = Rows();
    ASSERT_EQ(rows.size(), total);
    if (count > 0) {
      EXPECT_EQ(rows.back(), fmt::format("{0} {1} p {0} blob", total, count));
    }
  }
}

TEST_F(BulkInsertTest, AnErrorMayComeLaterButComes) {
  EXPECT_THAT(rows_.Add({"a", ""}), IsOk());
  EXPECT_THAT(rows_.Add({"a", ""}), IsOk());
  EXPECT_THAT(rows_.Flush(), StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("UNIQUE")));
}

}  // namespace
}  // namespace connector
