#include "connector/store/file_ops.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace connector {

int FileOps::Open(const std::string& path, int flags, mode_t mode) { return ::open(path.c_str(), flags, mode); }
ssize_t FileOps::Write(int fd, const char* bytes, std::size_t size) { return ::write(fd, bytes, size); }
int FileOps::Truncate(int fd, off_t size) { return ::ftruncate(fd, size); }
int FileOps::Sync(int fd) { return ::fsync(fd); }
int FileOps::Rename(const std::string& from, const std::string& to) { return ::rename(from.c_str(), to.c_str()); }
int FileOps::Unlink(const std::string& path) { return ::unlink(path.c_str()); }

FileOps& FileOps::Real() {
  static FileOps real;
  return real;
}

}  // namespace connector
