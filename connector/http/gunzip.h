// Decompresses a gzip body as it comes (RFC 1952), for httplib takes what lacks its end, or has more after it, as
// whole.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "connector/core/status.h"

namespace connector {

class Gunzip {
 public:
  Gunzip();
  ~Gunzip();

  // Appends what `packed` decompresses to. kDataLoss if it is not gzip or a checksum is wrong; kResourceExhausted if
  // `text` would grow beyond `most` bytes, or to over a hundred times what came in.
  absl::Status Add(std::string_view packed, std::size_t most, std::string& text);

  // Whether the last member has ended.
  bool complete() const { return complete_; }

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::size_t packed_bytes_ = 0;
  bool complete_ = false;
};

}  // namespace connector
