#include "mock_registry/registry/compression.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <zlib.h>

#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace mock_registry {
namespace {

// The weight that Accept-Encoding gives to `coding`; nothing if it does not name it.
std::optional<double> WeightOf(std::string_view accepted, std::string_view coding) {
  for (const absl::string_view item : absl::StrSplit(absl::string_view(accepted.data(), accepted.size()), ',')) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(item, absl::MaxSplits(';', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    if (!connector::EqualIgnoringCase({name.data(), name.size()}, coding)) continue;
    absl::string_view weight = absl::StripAsciiWhitespace(parts.second);
    double value = 1;
    if (absl::StartsWithIgnoreCase(weight, "q=") && !absl::SimpleAtod(weight.substr(2), &value)) return 0;
    return value;
  }
  return std::nullopt;
}

}  // namespace

std::string Gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  constexpr int kMemoryLevel = 8;
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::bad_alloc();
  }
  std::string packed(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

bool AcceptsGzip(const connector::HttpRequest& request) {
  const auto accepted = connector::FindHeader(request.headers, "accept-encoding");
  if (!accepted) return false;
  return WeightOf(*accepted, "gzip").value_or(WeightOf(*accepted, "*").value_or(0)) > 0;
}

}  // namespace mock_registry
