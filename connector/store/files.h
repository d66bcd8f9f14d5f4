// The file operations that keep a published file whole.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "connector/core/status.h"

namespace connector {

// An owned file descriptor.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  static absl::StatusOr<File> OpenForReading(const std::string& path);

  int fd() const { return fd_; }
  absl::StatusOr<std::uint64_t> Size() const;
  // Up to `size` bytes; fewer only at the end of the file.
  absl::StatusOr<std::string> Read(std::size_t size);
  absl::Status Write(std::string_view bytes);

 private:
  int fd_ = -1;
};

// Replaces `path` by what `write` writes, atomically and durably: `path`.tmp in the same folder with mode 0600, fsync,
// rename, fsync of the folder. After an error `path` is as it was and the .tmp is gone.
absl::Status ReplaceFile(const std::string& path, const std::function<absl::Status(File&)>& write);

// A file that only one process holds at a time, made if it is missing and emptied. kFailedPrecondition if another
// process has it.
absl::StatusOr<File> CreateLockedFile(const std::string& path);

}  // namespace connector
