// SQLite, as little as the store needs of it. For one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connector/core/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace connector {

// A prepared statement. Parameters count from 1, columns from 0. Texts and blobs are bound without a copy: they live
// until the next Run() or Next() returned.
class Statement {
 public:
  Statement& Bind(int parameter, std::string_view text);
  Statement& BindBlob(int parameter, std::string_view bytes);
  Statement& Bind(int parameter, std::int64_t number);
  Statement& BindNull(int parameter);

  // For statements without rows; ready to be bound and run again afterwards.
  absl::Status Run();
  // True if there is a row. Once false, the statement starts over.
  absl::StatusOr<bool> Next();

  // Of the current row; a view lives until the next call of Next().
  std::string_view Text(int column) const;
  std::int64_t Number(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  absl::Status Error() const;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Opens or creates a file for this process alone.
  static absl::StatusOr<Database> Open(const std::string& path);
  // A read-only database whose file's bytes are `image`.
  static absl::StatusOr<Database> FromImage(std::string image);

  // One or more statements without parameters and rows.
  absl::Status Execute(const std::string& sql);
  absl::StatusOr<Statement> Prepare(std::string_view sql);

  // `stop` is asked now and then while statements run; once it says yes, they fail with kCancelled.
  void StopWhen(std::function<bool()> stop);

  // Closes it and reports what a destructor could not.
  absl::Status Close();

 private:
  struct CloseHandle {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<std::string> image_;  // outlives database_
  std::unique_ptr<std::function<bool()>> stop_;
  std::unique_ptr<sqlite3, CloseHandle> database_;
};

}  // namespace connector
