// Reads one JSON object by asking for its keys; what was never asked for is an error that names the nearest known key.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mock_registry/scenario/located_json.h"

namespace mock_registry {

// All that is wrong with one document, which may be made of several files.
class Problems {
 public:
  explicit Problems(std::vector<std::string> files) : files_(std::move(files)) {}

  // "file:line:column  path: message"
  void Add(Position position, std::string_view path, std::string_view message);

  // "unknown <what> "<word>". Did you mean ...?", or all that is known.
  void AddUnknown(Position position, std::string_view path, std::string_view what, std::string_view word,
                  const std::vector<std::string>& known);

  // False and a problem for a word that is not in `known`.
  bool CheckKnown(Position position, std::string_view path, std::string_view what, const std::string& word,
                  const std::vector<std::string>& known);

  // kInvalidArgument with one line a problem, in the order of the file, or OK.
  absl::Status ToStatus() const;

 private:
  struct Problem {
    Position position;
    std::string line;
  };
  const std::vector<std::string> files_;
  std::vector<Problem> problems_;
};

class ObjectReader {
 public:
  // `path` is that of the object within the document, "" for the document itself. A node that is no object is a
  // problem, and reads as an empty one. The references outlive the reader.
  ObjectReader(const JsonNode& node, std::string path, Problems& problems);
  // Reports the keys that nobody asked for, but for "$schema" and those that start with "x-".
  ~ObjectReader();
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  // The value of a key, or nullptr.
  const JsonNode* Find(std::string_view key);
  // The same; a missing key is a problem.
  const JsonNode* Require(std::string_view key);

  std::optional<std::string> String(std::string_view key);
  // A whole number from 0 to 2^63-1.
  std::optional<std::uint64_t> Count(std::string_view key);
  std::uint64_t CountOr(std::string_view key, std::uint64_t otherwise, std::uint64_t least = 0);
  bool FlagOr(std::string_view key, bool otherwise);
  std::vector<std::string> Strings(std::string_view key);
  std::optional<absl::Duration> Duration(std::string_view key);
  // The index of a string in `known`.
  std::optional<std::size_t> Choice(std::string_view key, const std::vector<std::string>& known);

  // Calls `read` for each element.
  void ForEachItem(std::string_view key, const std::function<void(const JsonNode&, const std::string& path)>& read);

  // The one key of `known` that is present; none or several are a problem.
  std::optional<std::size_t> OneOf(const std::vector<std::string>& known);

  // For objects whose keys are names of the file's own choosing: calls `read` for each and asks for all.
  void ForEach(const std::function<void(const JsonMember&, const std::string& path)>& read);

  std::string PathOf(std::string_view key) const;
  Problems& problems() { return problems_; }

 private:
  const JsonNode& node_;
  const std::string path_;
  Problems& problems_;
  std::vector<std::string> asked_;
  bool all_asked_ = false;
};

// Each reads one value; what it is not is a problem.
std::string ReadString(const JsonNode& node, const std::string& path, Problems& problems);
std::optional<std::uint64_t> ReadCount(const JsonNode& node, const std::string& path, Problems& problems,
                                       std::uint64_t least = 0);
// "2026-01-01T00:00:00Z"
std::optional<absl::Time> ReadTime(const JsonNode& node, const std::string& path, Problems& problems);
std::optional<absl::Duration> ReadDuration(const JsonNode& node, const std::string& path, Problems& problems);
// "2%" as 0.02.
std::optional<double> ReadShare(const JsonNode& node, const std::string& path, Problems& problems);
// A string or an array of them.
std::vector<std::string> ReadTexts(const JsonNode& node, const std::string& path, Problems& problems);
std::optional<bool> ReadBoolean(const JsonNode& node, const std::string& path, Problems& problems);

}  // namespace mock_registry
