#include "connector/store/container.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace connector {
namespace {

constexpr std::string_view kMagicV1("C1ZF\0", 5);
constexpr std::string_view kMagicV3("C1Z3\0", 5);
constexpr int kCompressionThreads = 2;
constexpr int kCompressionLevel = 1;
constexpr int kLargestWindowLog = 27;  // 128 MiB, Baton's own limit
constexpr std::size_t kChunk = 1 << 20;

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

absl::Status CheckZstd(std::size_t result) {
  if (!ZSTD_isError(result)) return absl::OkStatus();
  return absl::DataLossError(fmt::format("zstd: {}", ZSTD_getErrorName(result)));
}

// Moves `in` through the compressor and out to the file; `end` closes the frame.
absl::Status Compress(ZSTD_CCtx* context, std::string_view bytes, bool end, std::string& buffer, File& out) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer chunk{buffer.data(), buffer.size(), 0};
    const std::size_t left = ZSTD_compressStream2(context, &chunk, &in, end ? ZSTD_e_end : ZSTD_e_continue);
    RETURN_IF_ERROR(CheckZstd(left));
    RETURN_IF_ERROR(out.Write({buffer.data(), chunk.pos}));
    if (end ? left == 0 : in.pos == in.size) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<ContainerKind> DetectContainer(const std::string& path) {
  absl::StatusOr<File> file = File::OpenForReading(path);
  if (absl::IsNotFound(file.status())) return ContainerKind::kMissing;
  if (!file.ok()) return file.status();
  ASSIGN_OR_RETURN(const std::string magic, file->Read(kMagicV1.size()));
  if (magic.empty()) return ContainerKind::kEmpty;
  if (magic == kMagicV1) return ContainerKind::kV1;
  if (magic == kMagicV3) return ContainerKind::kV3;
  return ContainerKind::kForeign;
}

absl::Status PackDatabase(const std::string& database, File& out, const std::function<bool()>& stop) {
  ASSIGN_OR_RETURN(File in, File::OpenForReading(database));
  ASSIGN_OR_RETURN(const std::uint64_t size, in.Size());
  const std::unique_ptr<ZSTD_CCtx, FreeZstd> context(ZSTD_createCCtx());
  RETURN_IF_ERROR(CheckZstd(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompressionLevel)));
  RETURN_IF_ERROR(CheckZstd(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1)));
  // The bytes are the same with any number of threads but none.
  RETURN_IF_ERROR(CheckZstd(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_nbWorkers, kCompressionThreads)));
  RETURN_IF_ERROR(CheckZstd(ZSTD_CCtx_setPledgedSrcSize(context.get(), size)));
  RETURN_IF_ERROR(out.Write(kMagicV1));
  std::string buffer(ZSTD_CStreamOutSize(), '\0');
  while (true) {
    if (stop()) return absl::CancelledError("stopped on request");
    ASSIGN_OR_RETURN(const std::string bytes, in.Read(kChunk));
    const bool end = bytes.size() < kChunk;
    RETURN_IF_ERROR(Compress(context.get(), bytes, end, buffer, out));
    if (end) return absl::OkStatus();
  }
}

absl::StatusOr<std::string> UnpackDatabase(const std::string& path, const UnpackLimits& limits) {
  std::string database;
  RETURN_IF_ERROR(UnpackDatabase(path, limits, [&](std::string_view bytes) {
    database += bytes;
    return absl::OkStatus();
  }));
  return database;
}

absl::Status UnpackDatabase(const std::string& path, const UnpackLimits& limits,
                            const std::function<absl::Status(std::string_view)>& accept) {
  ASSIGN_OR_RETURN(File file, File::OpenForReading(path));
  ASSIGN_OR_RETURN(const std::string magic, file.Read(kMagicV1.size()));
  if (magic == kMagicV3) {
    return absl::FailedPreconditionError(fmt::format(
        "{} is a .c1z of format v3, which this program does not read. Use the official `baton` tool", path));
  }
  if (magic != kMagicV1) {
    return absl::DataLossError(fmt::format("{} is not a .c1z file: it does not start with C1ZF and a zero byte", path));
  }
  const std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  RETURN_IF_ERROR(CheckZstd(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindowLog)));
  std::string buffer(kChunk, '\0');
  std::uint64_t unpacked = 0;
  std::size_t left = 1;  // zero once the frame is whole
  while (left != 0) {
    ASSIGN_OR_RETURN(const std::string bytes, file.Read(kChunk));
    if (bytes.empty()) return absl::DataLossError(fmt::format("{} ends early: its zstd frame is cut short", path));
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (left != 0 && in.pos < in.size) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      left = ZSTD_decompressStream(context.get(), &out, &in);
      if (const absl::Status status = CheckZstd(left); !status.ok()) return Annotate(status, path);
      unpacked += out.pos;
      if (unpacked > limits.database_bytes) {
        return absl::ResourceExhaustedError(
            fmt::format("{} unpacks to more than {} bytes", path, limits.database_bytes));
      }
      RETURN_IF_ERROR(accept({buffer.data(), out.pos}));
    }
  }
  return absl::OkStatus();
}

}  // namespace connector
