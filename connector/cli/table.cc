#include "connector/cli/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace connector {
namespace {

using Json = nlohmann::ordered_json;
using Cell = std::vector<std::string>;

// Code points, which is the width of most text.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Heading(const Column& column) {
  std::string heading = column.name;
  for (char& c : heading) {
    if (c == '_') c = ' ';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return heading;
}

std::string Shown(const Cell& cell) {
  const std::string text = fmt::format("{}", fmt::join(cell, ", "));
  return text.empty() ? "-" : text;
}

std::string FormatTable(const Table& table) {
  std::vector<std::vector<std::string>> lines;
  lines.emplace_back();
  for (const Column& column : table.columns) lines.back().push_back(Heading(column));
  for (const std::vector<Cell>& row : table.rows) {
    lines.emplace_back();
    for (const Cell& cell : row) lines.back().push_back(Shown(cell));
  }
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += line[i];
      const bool last = i + 1 == line.size();
      text += last ? "\n" : std::string(widths[i] - Width(line[i]) + 2, ' ');
    }
  }
  return text;
}

std::string FormatJson(const Table& table) {
  Json rows = Json::array();
  for (const std::vector<Cell>& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Column& column = table.columns[i];
      if (column.list) {
        object[column.name] = row[i];
      } else {
        object[column.name] = row[i].empty() ? "" : row[i].front();
      }
    }
    rows.push_back(std::move(object));
  }
  Json document = Json::object();
  document[table.name] = std::move(rows);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string FormatCsv(const Table& table) {
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& fields) {
    text += fmt::format("{}\r\n", fmt::join(fields, ","));
  };
  std::vector<std::string> fields;
  for (const Column& column : table.columns) fields.push_back(CsvField(column.name));
  add_line(fields);
  for (const std::vector<Cell>& row : table.rows) {
    fields.clear();
    for (const Cell& cell : row) fields.push_back(CsvField(fmt::format("{}", fmt::join(cell, ";"))));
    add_line(fields);
  }
  return text;
}

}  // namespace

std::string Format(const Table& table, OutputFormat format) {
  switch (format) {
    case OutputFormat::kTable:
      return FormatTable(table);
    case OutputFormat::kJson:
      return FormatJson(table);
    case OutputFormat::kCsv:
      return FormatCsv(table);
  }
  return "";
}

}  // namespace connector
