#include "connector/store/database.h"

#include <sqlite3.h>

#include <utility>

namespace connector {
namespace {

constexpr int kOpenFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;  // one thread: nothing to lock

absl::Status ErrorOf(sqlite3* database) {
  const int code = sqlite3_errcode(database);
  const std::string text =
      fmt::format("SQLite: {} (code {})", sqlite3_errmsg(database), sqlite3_extended_errcode(database));
  if (code == SQLITE_INTERRUPT) return absl::CancelledError("stopped on request");
  if (code == SQLITE_FULL) return absl::ResourceExhaustedError(text);
  const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  return damaged ? absl::DataLossError(text) : absl::InternalError(text);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::CloseHandle::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

absl::Status Statement::Error() const { return ErrorOf(sqlite3_db_handle(statement_.get())); }

Statement& Statement::Bind(int parameter, std::string_view text) {
  const char* const bytes = text.data() == nullptr ? "" : text.data();  // a null pointer would bind NULL
  sqlite3_bind_text64(statement_.get(), parameter, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::Bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
  return *this;
}

Statement& Statement::BindNull(int parameter) {
  sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

absl::Status Statement::Run() {
  ASSIGN_OR_RETURN(const bool has_row, Next());
  if (has_row) sqlite3_reset(statement_.get());
  return absl::OkStatus();
}

absl::StatusOr<bool> Statement::Next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  const absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : Error();
  sqlite3_reset(statement_.get());
  if (!status.ok()) return status;
  return false;
}

std::string_view Statement::Text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::Number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

absl::StatusOr<Database> Database::Open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, kOpenFlags | SQLITE_OPEN_CREATE, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return Annotate(ErrorOf(handle), path);
  return database;
}

absl::StatusOr<Database> Database::FromImage(std::string image) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(":memory:", &handle, kOpenFlags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return ErrorOf(handle);
  database.image_ = std::make_unique<std::string>(std::move(image));
  // The image is not trusted: no SQL of its schema may do more than name columns.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  // In a header that says WAL, SQLite would look for a -wal file, which an image cannot have.
  constexpr std::size_t kWriteVersion = 18, kReadVersion = 19;
  if (database.image_->size() > kReadVersion) (*database.image_)[kWriteVersion] = (*database.image_)[kReadVersion] = 1;
  auto* bytes = reinterpret_cast<unsigned char*>(database.image_->data());
  const auto size = static_cast<sqlite3_int64>(database.image_->size());
  if (sqlite3_deserialize(handle, "main", bytes, size, size, SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
    return ErrorOf(handle);
  }
  return database;
}

absl::Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return absl::OkStatus();
  return ErrorOf(database_.get());
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(database_.get());
  return Statement(statement);
}

void Database::StopWhen(std::function<bool()> stop) {
  constexpr int kInstructionsBetween = 10'000;
  stop_ = std::make_unique<std::function<bool()>>(std::move(stop));
  const auto ask = [](void* function) { return (*static_cast<std::function<bool()>*>(function))() ? 1 : 0; };
  sqlite3_progress_handler(database_.get(), kInstructionsBetween, ask, stop_.get());
}

absl::Status Database::Close() {
  sqlite3* handle = database_.release();
  const int code = sqlite3_close(handle);
  if (code == SQLITE_OK) return absl::OkStatus();
  const absl::Status status = ErrorOf(handle);
  sqlite3_close_v2(handle);
  return status;
}

}  // namespace connector
