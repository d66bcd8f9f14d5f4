// Inserts rows of one table, many by one statement. SQLite opens the cursors of a table and its indices for each
// statement, and only an open cursor appends without a search from the root of its tree.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connector/store/database.h"

namespace connector {

class BulkInsert {
 public:
  static constexpr std::size_t kRowsAtOnce = 256;

  // `shared` columns have the same values in many rows, `own` ones have not. The last of `own` is a blob, all others
  // are texts. The database outlives it.
  BulkInsert(Database& database, std::string table, std::vector<std::string> shared, std::vector<std::string> own);

  // The values of the shared columns in the rows that follow; nothing is NULL. Copies what is new in them.
  absl::Status Share(std::initializer_list<std::optional<std::string_view>> values);

  // A row with a value for each of the own columns. Copies them. Rows are inserted in the order in which they are
  // added, but may wait for each other: an error may be that of an earlier row.
  absl::Status Add(std::initializer_list<std::string_view> values);

  // Inserts what waits.
  absl::Status Flush();

  // Gives up its statements, without which the database cannot be closed. Nothing waits.
  void Finish() { statements_.clear(); }

 private:
  absl::StatusOr<Statement*> Prepared(std::size_t rows);
  std::string Sql(std::size_t rows) const;
  // Inserts the waiting rows from `first` on, `rows` of them.
  absl::Status Insert(std::size_t first, std::size_t rows);
  std::string_view ValueAt(std::size_t index) const;

  Database& database_;
  const std::string table_;
  const std::vector<std::string> shared_columns_;
  const std::vector<std::string> own_columns_;
  std::vector<std::optional<std::string>> shared_;
  std::string bytes_;                            // the own values of the waiting rows, one after the other
  std::vector<std::size_t> ends_;                // of each of them in bytes_
  std::map<std::size_t, Statement> statements_;  // by the number of rows
};

}  // namespace connector
