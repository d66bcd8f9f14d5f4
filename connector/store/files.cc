#include "connector/store/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace connector {
namespace {

constexpr mode_t kPrivate = 0600;

absl::Status SyncFolderOf(const std::string& path, FileOps& ops) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  ASSIGN_OR_RETURN(File file, File::Open(folder, O_RDONLY | O_DIRECTORY, ops));
  return file.Sync();
}

}  // namespace

absl::Status SystemError(std::string_view what, const std::string& path) {
  const int error = errno;
  const std::string text = fmt::format("cannot {} {}: {}", what, path, std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(text);
  if (error == EACCES || error == EPERM || error == EROFS) return absl::PermissionDeniedError(text);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) return absl::ResourceExhaustedError(text);
  return absl::InternalError(text);
}

absl::StatusOr<File> File::Open(const std::string& path, int flags, FileOps& ops) {
  const int fd = ops.Open(path, flags | O_CLOEXEC, kPrivate);
  if (fd < 0) return SystemError("open", path);
  return File(fd, path, ops);
}

absl::StatusOr<File> File::OpenForReading(const std::string& path) { return Open(path, O_RDONLY); }

File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), ops_(other.ops_) {}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(ops_, other.ops_);
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<std::uint64_t> File::Size() const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return SystemError("read the size of", path_);
  return static_cast<std::uint64_t>(info.st_size);
}

absl::StatusOr<std::string> File::Read(std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t n = ::read(fd_, bytes.data() + filled, size - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError("read", path_);
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

absl::Status File::SeekTo(std::uint64_t offset) {
  if (::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) >= 0) return absl::OkStatus();
  return SystemError("seek in", path_);
}

absl::Status File::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ops_->Write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status File::Truncate(std::uint64_t size) {
  if (ops_->Truncate(fd_, static_cast<off_t>(size)) == 0) return absl::OkStatus();
  return SystemError("truncate", path_);
}

absl::Status File::Sync() {
  if (ops_->Sync(fd_) == 0) return absl::OkStatus();
  return SystemError("sync", path_);
}

absl::Status ReplaceFile(const std::string& path, FileOps& ops, const std::function<absl::Status(File&)>& write) {
  const std::string temporary = path + ".tmp";
  const absl::Status status = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(File file, File::Open(temporary, O_WRONLY | O_CREAT | O_TRUNC, ops));
    RETURN_IF_ERROR(write(file));
    RETURN_IF_ERROR(file.Sync());
    if (ops.Rename(temporary, path) != 0) return SystemError("rename to", path);
    return absl::OkStatus();
  }();
  if (!status.ok()) {
    ops.Unlink(temporary);
    return Annotate(status, fmt::format("{} was left as it was", path));
  }
  const absl::Status durable = SyncFolderOf(path, ops);
  if (durable.ok()) return absl::OkStatus();
  return Annotate(durable, fmt::format("{} is the new file and complete, but might not survive a loss of power", path));
}

}  // namespace connector
