#include "connector/store/bulk_insert.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace connector {
namespace {

// So that any number of rows takes few statements, and few statements are prepared.
constexpr std::size_t kStep = 4;

}  // namespace

BulkInsert::BulkInsert(Database& database, std::string table, std::vector<std::string> shared,
                       std::vector<std::string> own)
    : database_(database),
      table_(std::move(table)),
      shared_columns_(std::move(shared)),
      own_columns_(std::move(own)),
      shared_(shared_columns_.size()) {}

absl::Status BulkInsert::Share(std::initializer_list<std::optional<std::string_view>> values) {
  if (std::equal(values.begin(), values.end(), shared_.begin(), shared_.end())) return absl::OkStatus();
  RETURN_IF_ERROR(Flush());
  shared_.assign(values.begin(), values.end());
  return absl::OkStatus();
}

absl::Status BulkInsert::Add(std::initializer_list<std::string_view> values) {
  for (const std::string_view value : values) {
    bytes_ += value;
    ends_.push_back(bytes_.size());
  }
  return ends_.size() < kRowsAtOnce * own_columns_.size() ? absl::OkStatus() : Flush();
}

absl::Status BulkInsert::Flush() {
  const std::size_t waiting = ends_.size() / own_columns_.size();
  std::size_t at_once = kRowsAtOnce;
  for (std::size_t first = 0; first < waiting; first += at_once) {
    while (at_once > waiting - first) at_once /= kStep;
    RETURN_IF_ERROR(Insert(first, at_once));
  }
  bytes_.clear();
  ends_.clear();
  return absl::OkStatus();
}

absl::Status BulkInsert::Insert(std::size_t first, std::size_t rows) {
  ASSIGN_OR_RETURN(Statement* const statement, Prepared(rows));
  int parameter = 1;
  for (const std::optional<std::string>& value : shared_) {
    value ? statement->Bind(parameter, *value) : statement->BindNull(parameter);
    ++parameter;
  }
  const std::size_t columns = own_columns_.size();
  for (std::size_t i = first * columns; i < (first + rows) * columns; ++i) {
    const bool is_blob = i % columns == columns - 1;
    is_blob ? statement->BindBlob(parameter, ValueAt(i)) : statement->Bind(parameter, ValueAt(i));
    ++parameter;
  }
  return statement->Run();
}

std::string_view BulkInsert::ValueAt(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(bytes_).substr(begin, ends_[index] - begin);
}

absl::StatusOr<Statement*> BulkInsert::Prepared(std::size_t rows) {
  if (const auto found = statements_.find(rows); found != statements_.end()) return &found->second;
  ASSIGN_OR_RETURN(Statement statement, database_.Prepare(Sql(rows)));
  return &statements_.emplace(rows, std::move(statement)).first->second;
}

std::string BulkInsert::Sql(std::size_t rows) const {
  std::string sql = fmt::format("INSERT INTO {} ({}, {}) VALUES ", table_, fmt::join(shared_columns_, ", "),
                                fmt::join(own_columns_, ", "));
  std::size_t own = shared_columns_.size();
  for (std::size_t row = 0; row < rows; ++row) {
    sql += row == 0 ? "(" : ",(";
    for (std::size_t i = 0; i < shared_columns_.size(); ++i) sql += fmt::format("?{},", i + 1);
    for (std::size_t i = 0; i < own_columns_.size(); ++i) sql += fmt::format("{}?{}", i == 0 ? "" : ",", ++own);
    sql += ')';
  }
  return sql;
}

}  // namespace connector
