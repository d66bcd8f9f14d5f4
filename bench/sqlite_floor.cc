// The floor of a sync's time: the same rows as in a .c1z, put into a bare SQLite file with the same tables and indices,
// and packed. Nobody who writes this format through SQLite can be faster; how far the connector is from it, is ours.
//
//   sqlite_floor FILE.c1z FOLDER     prints one line of JSON, times in seconds
#include <absl/time/clock.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "connector/store/container.h"
#include "connector/store/files.h"

namespace {

constexpr std::size_t kRowsAtOnce = 50'000;  // read while the clock stands, then inserted

[[noreturn]] void Fail(std::string_view what) {
  fmt::print(stderr, "sqlite_floor: {}\n", what);
  std::exit(1);
}

void Must(bool ok, sqlite3* database) {
  if (!ok) Fail(sqlite3_errmsg(database));
}

void Execute(sqlite3* database, const std::string& sql) {
  Must(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, database);
}

sqlite3* Open(const std::string& path) {
  sqlite3* database = nullptr;
  Must(sqlite3_open(path.c_str(), &database) == SQLITE_OK, database);
  return database;
}

sqlite3_stmt* Prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  Must(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK, database);
  return statement;
}

std::vector<std::string> Strings(sqlite3* database, const std::string& sql) {
  std::vector<std::string> strings;
  sqlite3_stmt* const query = Prepare(database, sql);
  while (sqlite3_step(query) == SQLITE_ROW) {
    strings.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(query, 0)));
  }
  sqlite3_finalize(query);
  return strings;
}

class Stopwatch {
 public:
  void Start() { started_ = absl::Now(); }
  void Stop() { total_ += absl::Now() - started_; }
  double seconds() const { return absl::ToDoubleSeconds(total_); }

 private:
  absl::Time started_;
  absl::Duration total_;
};

using Row = std::vector<sqlite3_value*>;

std::vector<Row> ReadRows(sqlite3_stmt* query, std::size_t most) {
  std::vector<Row> rows;
  while (rows.size() < most && sqlite3_step(query) == SQLITE_ROW) {
    Row& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(query); ++i) {
      row.push_back(sqlite3_value_dup(sqlite3_column_value(query, i)));
    }
  }
  return rows;
}

std::size_t CopyTable(sqlite3* from, sqlite3* to, const std::string& table, Stopwatch& insert) {
  sqlite3_stmt* const query = Prepare(from, fmt::format("SELECT * FROM {} ORDER BY rowid", table));
  std::string marks = "?";
  for (int i = 1; i < sqlite3_column_count(query); ++i) marks += ",?";
  sqlite3_stmt* const statement = Prepare(to, fmt::format("INSERT INTO {} VALUES ({})", table, marks));
  std::size_t count = 0;
  for (bool end = false; !end;) {
    const std::vector<Row> rows = ReadRows(query, kRowsAtOnce);
    end = rows.size() < kRowsAtOnce;  // a further step would start over
    count += rows.size();
    insert.Start();
    for (const Row& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) sqlite3_bind_value(statement, static_cast<int>(i) + 1, row[i]);
      Must(sqlite3_step(statement) == SQLITE_DONE, to);
      sqlite3_reset(statement);
    }
    insert.Stop();
    for (const Row& row : rows) {
      for (sqlite3_value* const value : row) sqlite3_value_free(value);
    }
  }
  sqlite3_finalize(query);
  sqlite3_finalize(statement);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) Fail("usage: sqlite_floor FILE.c1z FOLDER");
  const std::string source = fmt::format("{}/floor-source.db", argv[2]);
  const std::string target = fmt::format("{}/floor.db", argv[2]);
  const std::string packed = fmt::format("{}/floor.c1z", argv[2]);
  for (const std::string& path : {source, target, packed}) ::unlink(path.c_str());

  auto unpacked = connector::File::Open(source, O_WRONLY | O_CREAT | O_TRUNC);
  if (!unpacked.ok()) Fail(connector::Message(unpacked.status()));
  const absl::Status read = connector::UnpackDatabase(argv[1], {connector::kLargestDatabase},
                                                      [&](std::string_view bytes) { return unpacked->Write(bytes); });
  if (!read.ok()) Fail(connector::Message(read));

  sqlite3* const from = Open(source);
  sqlite3* const to = Open(target);
  Execute(to,
          "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
          "PRAGMA cache_size = -65536; BEGIN");
  const auto definitions = [&](const char* type, const char* like_unique = "NOT LIKE") {
    return Strings(from, fmt::format("SELECT sql FROM sqlite_master WHERE type = '{}' AND sql {} '%UNIQUE INDEX%'",
                                     type, like_unique));
  };
  for (const std::string& sql : definitions("table")) Execute(to, sql);
  // In rows that come in the order of their ids, which these do, checking as they come costs less than sorting later.
  for (const std::string& sql : definitions("index", "LIKE")) Execute(to, sql);
  Stopwatch insert, index, pack;
  std::size_t rows = 0;
  for (const std::string& table : Strings(from, "SELECT name FROM sqlite_master WHERE type = 'table'")) {
    rows += CopyTable(from, to, table, insert);
  }
  index.Start();
  for (const std::string& sql : definitions("index", "NOT LIKE")) Execute(to, sql);
  Execute(to, "COMMIT");
  index.Stop();
  sqlite3_close(to);
  sqlite3_close(from);

  auto out = connector::File::Open(packed, O_WRONLY | O_CREAT | O_TRUNC);
  if (!out.ok()) Fail(connector::Message(out.status()));
  pack.Start();
  const absl::Status done = connector::PackDatabase(target, *out, [] { return false; });
  pack.Stop();
  if (!done.ok()) Fail(connector::Message(done));
  fmt::print("{{\"rows\":{},\"insert\":{:.3f},\"index\":{:.3f},\"pack\":{:.3f},\"total\":{:.3f}}}\n", rows,
             insert.seconds(), index.seconds(), pack.seconds(), insert.seconds() + index.seconds() + pack.seconds());
  for (const std::string& path : {source, target, packed}) ::unlink(path.c_str());
  return 0;
}
