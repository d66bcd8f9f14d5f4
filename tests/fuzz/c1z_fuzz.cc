// Arbitrary bytes as a .c1z file and as the database in one: a sync or an error, never a crash.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "connector/access/digest.h"
#include "connector/store/c1z_reader.h"

namespace {

void ReadAll(absl::StatusOr<connector::C1zFile> file) {
  if (!file.ok()) return;
  for (std::size_t i = 0; i < file->runs().size(); ++i) {
    const auto sync = file->Read(i);
    if (sync.ok() && connector::GraphDigest(sync->graph).size() != 64) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  ReadAll(connector::C1zFile::FromImage(bytes, "fuzzed"));
  const int fd = ::memfd_create("fuzzed", 0);
  if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  connector::UnpackLimits limits;
  limits.database_bytes = 16 << 20;
  ReadAll(connector::C1zFile::Open("/proc/self/fd/" + std::to_string(fd), limits));
  ::close(fd);
  return 0;
}
