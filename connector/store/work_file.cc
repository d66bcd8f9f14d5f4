#include "connector/store/work_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "connector/core/sha256.h"

namespace connector {
namespace {

// A record: kind, length of the payload, checksum of kind and payload, payload.
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kFrameBytes = 1 + kLengthBytes + kChecksumBytes;
constexpr std::size_t kSmallPiece = 64 * 1024;  // of a payload: written together with others
constexpr std::uint64_t kLargestPayload = std::uint64_t{1} << 32;

constexpr char kHeaderKind = 'H';
constexpr char kHolderKind = 'P';  // the process that has the file
constexpr char kAnswerKind = 'A';
constexpr std::string_view kFormat = "npm-connector work file 1";

void PutNumber(std::string& out, std::uint64_t number) {
  for (std::size_t i = 0; i < kLengthBytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

std::uint64_t GetNumber(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return number;
}

// A payload in pieces, of which the large ones are not copied: they are as large as an organization.
using Pieces = std::vector<std::string_view>;

std::string Checksum(char kind, const Pieces& payload) {
  Sha256 hash;
  hash.Add({&kind, 1});
  for (const std::string_view piece : payload) hash.Add(piece);
  return hash.Finish().substr(0, kChecksumBytes);
}

// Fields, each behind its length, as a payload.
class Fields {
 public:
  explicit Fields(const std::vector<std::string_view>& fields) {
    for (const std::string_view field : fields) {
      PutNumber(lengths_.emplace_back(), field.size());
      pieces_.push_back(lengths_.back());
      pieces_.push_back(field);
    }
  }

  const Pieces& pieces() const { return pieces_; }

 private:
  std::deque<std::string> lengths_;
  Pieces pieces_;
};

std::optional<std::vector<std::string>> SplitFields(std::string_view payload) {
  std::vector<std::string> fields;
  while (!payload.empty()) {
    if (payload.size() < kLengthBytes) return std::nullopt;
    const std::uint64_t size = GetNumber(payload);
    payload.remove_prefix(kLengthBytes);
    if (size > payload.size()) return std::nullopt;
    fields.emplace_back(payload.substr(0, size));
    payload.remove_prefix(size);
  }
  return fields;
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<WorkHeader> DecodeHeader(std::string_view payload) {
  const auto fields = SplitFields(payload);
  if (!fields || fields->size() != 4 || (*fields)[0] != kFormat) return std::nullopt;
  const auto started = ParseNumber<std::int64_t>((*fields)[2]);
  const auto seed = ParseNumber<std::uint64_t>((*fields)[3]);
  if (!started || !seed) return std::nullopt;
  return WorkHeader{(*fields)[1], absl::FromUnixNanos(*started), *seed};
}

struct Record {
  char kind = 0;
  std::string payload;
};

// The record at the file's position, or nothing at its end and at a record that is cut or damaged.
absl::StatusOr<std::optional<Record>> ReadRecord(File& file, std::uint64_t left) {
  if (left < kFrameBytes) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string frame, file.Read(kFrameBytes));
  if (frame.size() < kFrameBytes) return std::nullopt;
  const std::uint64_t size = GetNumber(std::string_view(frame).substr(1));
  if (size > kLargestPayload || size > left - kFrameBytes) return std::nullopt;
  ASSIGN_OR_RETURN(std::string payload, file.Read(size));
  if (payload.size() != size || Checksum(frame[0], {payload}) != frame.substr(1 + kLengthBytes)) return std::nullopt;
  return Record{frame[0], std::move(payload)};
}

absl::Status HeldByAnother(File& file) {
  std::string holder = "another process";
  const absl::StatusOr<std::uint64_t> size = file.Size();
  std::uint64_t left = size.ok() ? *size : 0;
  while (true) {
    const absl::StatusOr<std::optional<Record>> record = ReadRecord(file, left);
    if (!record.ok() || !record->has_value()) break;
    if ((*record)->kind == kHolderKind) holder = fmt::format("process {}", (*record)->payload);
    left -= kFrameBytes + (*record)->payload.size();
  }
  return absl::FailedPreconditionError(
      fmt::format("another sync into the same file is running: {} holds {}. Wait for it, or choose another --file",
                  holder, file.path()));
}

// True if `path` still names the open file: it may have been deleted between open and lock.
bool IsStillThere(const File& file) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(file.fd(), &open_file) == 0 && ::stat(file.path().c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

}  // namespace

absl::StatusOr<WorkFile> WorkFile::Open(const std::string& path, std::int64_t process_id, FileOps& ops) {
  constexpr int kMostTries = 100;
  for (int i = 0; i < kMostTries; ++i) {
    ASSIGN_OR_RETURN(File file, File::Open(path, O_RDWR | O_CREAT, ops));
    if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) return HeldByAnother(file);
    if (!IsStillThere(file)) continue;
    WorkFile work(std::move(file), process_id, ops);
    RETURN_IF_ERROR(work.ReadBack());
    return work;
  }
  return absl::UnavailableError(fmt::format("{} is deleted again and again by another process", path));
}

absl::Status WorkFile::ReadBack() {
  ASSIGN_OR_RETURN(const std::uint64_t size, file_.Size());
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<Record> record, ReadRecord(file_, size - end_));
    if (!record) break;
    const Extent extent{end_ + kFrameBytes, record->payload.size()};
    if (record->kind == kHeaderKind) header_ = DecodeHeader(record->payload);
    if (record->kind == kAnswerKind) {
      const auto fields = SplitFields(record->payload);
      if (fields && !fields->empty()) answers_[fields->front()] = extent;
    }
    end_ = extent.offset + extent.size;
  }
  if (!header_) {
    answers_.clear();
    return absl::OkStatus();
  }
  has_progress_ = !answers_.empty();
  RETURN_IF_ERROR(file_.Truncate(end_));
  return WriteHolder();
}

absl::Status WorkFile::Begin(const WorkHeader& header) {
  answers_.clear();
  has_progress_ = false;
  header_ = header;
  end_ = 0;
  RETURN_IF_ERROR(file_.Truncate(0));
  const std::string started_at = std::to_string(absl::ToUnixNanos(header.started_at));
  const std::string seed = std::to_string(header.seed);
  RETURN_IF_ERROR(WriteRecord(kHeaderKind, Fields({kFormat, header.fingerprint, started_at, seed}).pieces()));
  return WriteHolder();
}

absl::Status WorkFile::WriteHolder() {
  const std::string process = std::to_string(process_id_);
  return WriteRecord(kHolderKind, {process});
}

absl::Status WorkFile::WriteRecord(char kind, const std::vector<std::string_view>& payload) {
  std::uint64_t size = 0;
  for (const std::string_view piece : payload) size += piece.size();
  std::string small(1, kind);
  PutNumber(small, size);
  small += Checksum(kind, payload);
  const absl::Status written = [&]() -> absl::Status {
    RETURN_IF_ERROR(file_.SeekTo(end_));
    for (const std::string_view piece : payload) {
      if (piece.size() <= kSmallPiece) {
        small += piece;
        continue;
      }
      RETURN_IF_ERROR(file_.Write(small));
      small.clear();
      RETURN_IF_ERROR(file_.Write(piece));
    }
    return file_.Write(small);
  }();
  // A record that is cut by an error would hide all that follow it.
  if (!written.ok()) {
    file_.Truncate(end_).IgnoreError();
    return written;
  }
  end_ += kFrameBytes + size;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<HttpResponse>> WorkFile::Take(const std::string& request) {
  const auto found = answers_.find(request);
  if (found == answers_.end()) return std::nullopt;
  const Extent extent = found->second;
  answers_.erase(found);
  RETURN_IF_ERROR(file_.SeekTo(extent.offset));
  ASSIGN_OR_RETURN(const std::string payload, file_.Read(extent.size));
  auto fields = SplitFields(payload);
  if (!fields || fields->size() < 3 || fields->size() % 2 == 0) {
    return absl::DataLossError(fmt::format("{} is damaged; --fresh starts over", file_.path()));
  }
  HttpResponse response;
  response.status = ParseNumber<int>((*fields)[1]).value_or(0);
  response.body = std::move((*fields)[2]);
  for (std::size_t i = 3; i < fields->size(); i += 2) response.headers.emplace_back((*fields)[i], (*fields)[i + 1]);
  return response;
}

absl::Status WorkFile::Append(const std::string& request, const HttpResponse& response) {
  const std::string status = std::to_string(response.status);
  std::vector<std::string_view> fields = {request, status, response.body};
  for (const auto& [name, value] : response.headers) {
    fields.push_back(name);
    fields.push_back(value);
  }
  RETURN_IF_ERROR(WriteRecord(kAnswerKind, Fields(fields).pieces()));
  has_progress_ = true;
  return absl::OkStatus();
}

absl::Status WorkFile::Remove() {
  if (ops_->Unlink(file_.path()) == 0) return absl::OkStatus();
  return SystemError("delete", file_.path());
}

}  // namespace connector
