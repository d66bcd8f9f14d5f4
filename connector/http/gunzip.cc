#include "connector/http/gunzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace connector {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kMostTimes = 100;              // lists of names shrink to a tenth, hardly ever to a hundredth
constexpr std::size_t kAlwaysAllowed = 1024 * 1024;  // bytes

}  // namespace

struct Gunzip::Stream {
  z_stream z{};
  bool ready = false;
};

Gunzip::Gunzip() : stream_(std::make_unique<Stream>()) {
  constexpr int kGzipOnly = 15 + 16;
  stream_->ready = ::inflateInit2(&stream_->z, kGzipOnly) == Z_OK;
}

Gunzip::~Gunzip() {
  if (stream_->ready) ::inflateEnd(&stream_->z);
}

absl::Status Gunzip::Add(std::string_view packed, std::size_t most, std::string& text) {
  if (!stream_->ready) return absl::ResourceExhaustedError("no memory to decompress the body");
  packed_bytes_ += packed.size();
  most = std::min(most, kAlwaysAllowed + kMostTimes * packed_bytes_);
  z_stream& z = stream_->z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  char chunk[kChunk];
  do {
    if (complete_ && z.avail_in > 0) {  // another member follows, and belongs to the same text
      ::inflateReset(&z);
      complete_ = false;
    }
    z.next_out = reinterpret_cast<Bytef*>(chunk);
    z.avail_out = kChunk;
    const int result = ::inflate(&z, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return absl::DataLossError(fmt::format("the body does not decompress: {}", z.msg == nullptr ? "broken" : z.msg));
    }
    const std::size_t count = kChunk - z.avail_out;
    if (text.size() + count > most) {
      return absl::ResourceExhaustedError(
          fmt::format("the body decompresses to more than {} bytes, from {}", most, packed_bytes_));
    }
    text.append(chunk, count);
    complete_ = result == Z_STREAM_END;
  } while (z.avail_in > 0 || z.avail_out == 0);
  return absl::OkStatus();
}

}  // namespace connector
