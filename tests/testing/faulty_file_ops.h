// File operations of which one goes wrong.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "connector/store/file_ops.h"

namespace testing_util {

enum class Fault { kError, kShortWrite, kKill };

// Operation number `at`, from 0, fails with `error`, writes half of what it should and fails the rest, or ends the
// process.
class FaultyFileOps final : public connector::FileOps {
 public:
  FaultyFileOps(int at, Fault fault, int error = ENOSPC) : at_(at), fault_(fault), error_(error) {}

  // Whether there were so many operations.
  bool fired() const { return count_ > at_; }

  int Open(const std::string& path, int flags, mode_t mode) override {
    return Fails() ? -1 : FileOps::Open(path, flags, mode);
  }
  ssize_t Write(int fd, const char* bytes, std::size_t size) override {
    if (full_) return Fail();
    if (!Fails()) return FileOps::Write(fd, bytes, size);
    if (fault_ != Fault::kShortWrite || size < 2) return -1;
    full_ = true;
    return FileOps::Write(fd, bytes, size / 2);
  }
  int Truncate(int fd, off_t size) override { return Fails() ? -1 : FileOps::Truncate(fd, size); }
  int Sync(int fd) override { return Fails() ? -1 : FileOps::Sync(fd); }
  int Rename(const std::string& from, const std::string& to) override {
    return Fails() ? -1 : FileOps::Rename(from, to);
  }
  int Unlink(const std::string& path) override { return Fails() ? -1 : FileOps::Unlink(path); }

  static constexpr int kKilled = 77;

 private:
  bool Fails() {
    if (count_++ != at_) return false;
    if (fault_ == Fault::kKill) ::_exit(kKilled);
    Fail();
    return true;
  }
  int Fail() const {
    errno = error_;
    return -1;
  }

  const int at_;
  const Fault fault_;
  const int error_;
  int count_ = 0;
  bool full_ = false;
};

}  // namespace testing_util
