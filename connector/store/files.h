// Files, as much as keeping a published file whole needs of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "connector/core/status.h"
#include "connector/store/file_ops.h"

namespace connector {

// An owned file descriptor. Errors name the path, kNotFound, kPermissionDenied, kResourceExhausted (disk full) or
// kInternal.
class File {
 public:
  // Flags as for open(2); a new file gets mode 0600. `ops` outlives the file.
  static absl::StatusOr<File> Open(const std::string& path, int flags, FileOps& ops = FileOps::Real());
  static absl::StatusOr<File> OpenForReading(const std::string& path);

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

  absl::StatusOr<std::uint64_t> Size() const;
  // Up to `size` bytes; fewer only at the end of the file.
  absl::StatusOr<std::string> Read(std::size_t size);
  absl::Status SeekTo(std::uint64_t offset);
  absl::Status Write(std::string_view bytes);
  absl::Status Truncate(std::uint64_t size);
  absl::Status Sync();

 private:
  File(int fd, std::string path, FileOps& ops) : fd_(fd), path_(std::move(path)), ops_(&ops) {}

  int fd_;
  std::string path_;
  FileOps* ops_;
};

// Replaces `path` by what `write` writes, atomically and durably: `path`.tmp in the same folder with mode 0600, fsync,
// rename, fsync of the folder. The error says whether `path` is as it was or the new file.
absl::Status ReplaceFile(const std::string& path, FileOps& ops, const std::function<absl::Status(File&)>& write);

// A system call failed: `errno` and what it was for.
absl::Status SystemError(std::string_view what, const std::string& path);

}  // namespace connector
