#include "mock_registry/registry/damage.h"

#include <algorithm>

#include "mock_registry/registry/compression.h"

namespace mock_registry {
namespace {

constexpr std::size_t kDepth = 100'000;
constexpr std::size_t kBombBytes = 16 << 20;
constexpr std::size_t kGzipTrailer = 8;  // CRC and length

// Where the first string or object key of the rows begins and ends; npos if there are none.
struct Span {
  std::size_t begin = std::string::npos;
  std::size_t end = std::string::npos;
};

Span StringAt(const std::string& text, std::size_t from) {
  Span span{text.find('"', from), std::string::npos};
  if (span.begin == std::string::npos) return span;
  span.end = span.begin + 1;
  while (span.end < text.size() && text[span.end] != '"') span.end += text[span.end] == '\\' ? 2 : 1;
  span.end = std::min(span.end + 1, text.size());
  return span;
}

}  // namespace

std::string DamageJson(std::string_view variant, const std::string& document) {
  constexpr std::string_view kEnvelope = "{\"objects\":";
  const std::size_t open = document.starts_with(kEnvelope) ? kEnvelope.size() : 0;
  const bool is_object = document.substr(open, 1) == "{";
  const auto inserted = [&](const std::string& text) {
    std::string damaged = document;
    const std::size_t at = std::min(open + 1, damaged.size());
    const bool alone = damaged.substr(at, 1) == (is_object ? "}" : "]");
    return damaged.insert(at, alone && text.ends_with(',') ? text.substr(0, text.size() - 1) : text);
  };
  const Span name = StringAt(document, open);
  const std::string first =
      name.begin == std::string::npos ? "\"nobody\"" : document.substr(name.begin, name.end - name.begin);
  if (variant == "missingKey") return inserted(is_object ? ":\"developer\"," : ",");
  if (variant == "duplicateKey") return inserted(is_object ? first + ":\"developer\"," : first + "," + first + ",");
  if (variant == "wrongRole") return inserted(is_object ? "\"nobody\":\"superuser\"," : "{\"name\":\"nobody\"},");
  if (variant == "deep")
    return inserted((is_object ? "\"nobody\":" : "") + std::string(kDepth, '[') + std::string(kDepth, ']') + ",");
  if (variant == "bom") return "\xEF\xBB\xBF" + document;
  if (variant == "utf8") return inserted(is_object ? "\"no\xFF\xFE\":\"developer\"," : "\"no\xFF\xFE\",");
  if (variant == "number") return inserted(is_object ? "\"nobody\":7," : "7,");
  return document + " trailing";
}

std::string DamageGzip(std::string_view variant, const std::string& text) {
  if (variant == "bomb") return Gzip(std::string(kBombBytes, ' '));
  std::string packed = Gzip(text);
  if (variant == "crc")
    packed[packed.size() - kGzipTrailer] = static_cast<char>(packed[packed.size() - kGzipTrailer] ^ 1);
  if (variant == "cut") packed.resize(packed.size() - kGzipTrailer - 1);
  if (variant == "extraMember") packed += Gzip(text);
  return packed;
}

}  // namespace mock_registry
