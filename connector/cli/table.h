// Rows for people (a table), for programs (JSON) and for spreadsheets (CSV).
#pragma once

#include <string>
#include <vector>

namespace connector {

enum class OutputFormat { kTable, kJson, kCsv };

struct Column {
  std::string name;
  bool list = false;  // cells hold any number of values, others exactly one
};

struct Table {
  std::string name;  // of the rows, in JSON
  std::vector<Column> columns;
  std::vector<std::vector<std::vector<std::string>>> rows;  // row, column, values
};

// Ends with a newline. Table: headings in capitals, columns aligned, lists joined with ", ", "-" for nothing. JSON: one
// object with the array `name`, indented; list columns are arrays. CSV: RFC 4180, lists joined with ";".
std::string Format(const Table& table, OutputFormat format);

}  // namespace connector
