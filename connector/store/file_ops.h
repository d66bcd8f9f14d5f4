// The system calls that the safety of a file rests on, so that a test can fail or stop the program at any of them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace connector {

// Each function is the system call of its name: it returns what that returns and sets errno. The class itself is the
// real thing; tests override. For one thread.
class FileOps {
 public:
  virtual ~FileOps() = default;
  virtual int Open(const std::string& path, int flags, mode_t mode);
  virtual ssize_t Write(int fd, const char* bytes, std::size_t size);
  virtual int Truncate(int fd, off_t size);
  virtual int Sync(int fd);
  virtual int Rename(const std::string& from, const std::string& to);
  virtual int Unlink(const std::string& path);

  static FileOps& Real();
};

}  // namespace connector
