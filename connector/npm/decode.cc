#include "connector/npm/decode.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

namespace connector {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestExcerpt = 64;

// Text of the registry's for an error message: short, and without anything that a terminal would act on.
std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text.substr(0, kLongestExcerpt)) {
    const auto byte = static_cast<unsigned char>(c);
    quoted += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  quoted += text.size() > kLongestExcerpt ? "...\"" : "\"";
  return quoted;
}

// A SAX handler that refuses everything; the shapes below allow what they need. Returning false ends the parse with
// the problem that was noted first.
class Refuser : public nlohmann::json_sax<Json> {
 public:
  Refuser(std::string_view shape, const DecodeLimits& limits) : shape_(shape), limits_(limits) {}

  bool null() override { return Refuse("null"); }
  bool boolean(bool) override { return Refuse("true or false"); }
  bool number_integer(number_integer_t) override { return Refuse("a number"); }
  bool number_unsigned(number_unsigned_t) override { return Refuse("a number"); }
  bool number_float(number_float_t, const string_t&) override { return Refuse("a number"); }
  bool string(string_t&) override { return Refuse("a string"); }
  bool binary(binary_t&) override { return Refuse("binary data"); }
  bool start_object(std::size_t) override { return Refuse("an object"); }
  bool key(string_t&) override { return Refuse("a key"); }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return Refuse("an array"); }
  bool end_array() override { return true; }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    // Ours comes first: a refused value makes the parser stop without an error of its own.
    return Note(fmt::format("not valid JSON at byte {}: {}", position, Explain(error.what())));
  }

  const std::optional<std::string>& problem() const { return problem_; }

 protected:
  bool Refuse(std::string_view seen) { return Note(fmt::format("expected {}, found {}", shape_, seen)); }

  bool Note(std::string problem) {
    if (!problem_) problem_ = std::move(problem);
    return false;
  }

  // A user or team name: not empty, not longer than an id may be, no control characters.
  bool CheckName(std::string_view name) {
    if (name.empty()) return Note("a name is empty");
    if (name.size() > limits_.name_bytes) {
      return Note(fmt::format("the name {} has {} bytes, more than {}", Quote(name), name.size(), limits_.name_bytes));
    }
    bool has_control = false;  // without a way out of the loop: names are short and without
    for (const char c : name) has_control |= static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (has_control) {
      return Note(fmt::format("the name {} holds a control character", Quote(name)));
    }
    return true;
  }

  bool CheckCount(std::size_t entries) {
    if (entries < limits_.entries) return true;
    return Note(fmt::format("more than {} entries", limits_.entries));
  }

 private:
  // The part of the library's message after its "[json.exception...] parse error at line 1, column 2: " preamble.
  static std::string Explain(std::string_view what) {
    const std::size_t dash = what.find(" - ");
    const std::string_view cause = dash == std::string_view::npos ? what : what.substr(dash + 3);
    return Quote(cause);
  }

  const std::string_view shape_;
  const DecodeLimits& limits_;
  std::optional<std::string> problem_;
};

std::optional<Role> ParseRole(std::string_view text) {
  for (const Role role : kRoles) {
    if (text == ToString(role)) return role;
  }
  return std::nullopt;
}

// Reads rows, alone or in an envelope. A roster and an envelope are both objects; which one it is shows at the first
// value that is no string, so a user may be named "next".
class ListingReader : public Refuser {
 public:
  using Refuser::Refuser;

  bool key(string_t& name) override {
    if (where_ == Where::kRows) return OnName(name);
    if (where_ == Where::kOuter && !IsEnvelopeKey(name)) {
      if (info_.enveloped || !RowsAreObject()) return Refuse(fmt::format("an object with the key {}", Quote(name)));
      key_.clear();
      return OnName(name);
    }
    key_ = std::move(name);
    if (where_ != Where::kOuter) return true;
    return envelope_keys_.insert(key_).second || Note(fmt::format("it has the key {} twice", Quote(key_)));
  }

  bool string(string_t& value) override {
    switch (where_) {
      case Where::kRows:
        return OnString(value);
      case Where::kOuter:
        return OnOuterString(value);
      case Where::kUrls:
        if (key_ == "next") info_.next_url = std::move(value);
        return true;
      case Where::kStart:
        break;
    }
    return Refuse("a string");
  }

  bool null() override {
    if (where_ == Where::kUrls) return true;
    if (where_ == Where::kOuter && key_ == "next") return Envelope();
    return Refuse("null");
  }

  bool number_unsigned(number_unsigned_t value) override {
    const std::pair<std::string_view, std::optional<std::uint64_t>*> fields[] = {{"total", &info_.total},
                                                                                 {"page", &info_.page},
                                                                                 {"perPage", &info_.per_page},
                                                                                 {"offset", &info_.offset},
                                                                                 {"limit", &info_.limit}};
    for (const auto& [name, field] : fields) {
      if (where_ != Where::kOuter || key_ != name) continue;
      *field = value;
      return Envelope();
    }
    return Refuse("a number");
  }
  bool number_integer(number_integer_t) override { return Refuse("a negative number"); }

  bool start_object(std::size_t) override { return Start(RowsAreObject(), "an object"); }
  bool start_array(std::size_t) override { return Start(!RowsAreObject(), "an array"); }
  bool end_object() override { return End(); }
  bool end_array() override { return End(); }

  // After a parse that went well.
  bool Finish() {
    if (!info_.enveloped) return Plain();
    if (!has_objects_) return Refuse("an object without \"objects\"");
    return true;
  }

  PageInfo& info() { return info_; }

 protected:
  virtual bool RowsAreObject() const = 0;
  virtual bool OnName(std::string& name) = 0;
  virtual bool OnString(std::string& value) = 0;

 private:
  enum class Where { kStart, kOuter, kRows, kUrls };

  static bool IsEnvelopeKey(std::string_view key) {
    constexpr std::string_view kKeys[] = {"objects", "total", "urls", "next", "page", "perPage", "offset", "limit"};
    constexpr std::size_t kLongest = 7;
    if (key.size() > kLongest) return false;
    return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
  }

  // Strings under the keys of an envelope wait until it is known what the document is.
  bool OnOuterString(std::string& value) {
    if (info_.enveloped && key_ == "next") {
      info_.next = std::move(value);
      return true;
    }
    if (info_.enveloped || !RowsAreObject()) return Refuse(fmt::format("a string under {}", Quote(key_)));
    if (!IsEnvelopeKey(key_)) {
      outer_rows_ = true;
      return OnString(value);
    }
    held_.emplace_back(key_, std::move(value));
    return true;
  }

  bool Envelope() {
    if (info_.enveloped) return true;
    if (outer_rows_) return Refuse(fmt::format("users beside {}", Quote(key_)));
    for (auto& [name, value] : held_) {
      if (name != "next") return Refuse(fmt::format("a string under {}", Quote(name)));
      info_.next = std::move(value);
    }
    held_.clear();
    info_.enveloped = true;
    return true;
  }

  bool Plain() {
    for (auto& [name, value] : held_) {
      if (!OnName(name) || !OnString(value)) return false;
    }
    return true;
  }

  bool Start(bool is_shape_of_rows, std::string_view seen) {
    const bool is_object = seen == "an object";
    switch (where_) {
      case Where::kStart:
        if (!is_shape_of_rows && !is_object) break;
        where_ = is_object ? Where::kOuter : Where::kRows;
        info_.enveloped = is_object && !RowsAreObject();
        return true;
      case Where::kOuter:
        if (key_ == "objects" && is_shape_of_rows && !has_objects_) {
          if (!Envelope()) return false;
          has_objects_ = true;
          where_ = Where::kRows;
          return true;
        }
        if (key_ == "urls" && is_object) {
          if (!Envelope()) return false;
          where_ = Where::kUrls;
          return true;
        }
        return Refuse(is_object ? "an object inside the object" : seen);
      case Where::kRows:
        return Refuse(RowsAreObject() ? "an object inside the object" : is_object ? seen : "an array inside the array");
      case Where::kUrls:
        break;
    }
    return Refuse(seen);
  }

  bool End() {
    where_ = Where::kOuter;
    return true;
  }

  Where where_ = Where::kStart;
  std::string key_;
  std::vector<std::pair<std::string, std::string>> held_;
  std::set<std::string> envelope_keys_;
  bool outer_rows_ = false;
  bool has_objects_ = false;
  PageInfo info_;
};

class MembersReader final : public ListingReader {
 public:
  // `most`: rows that there can be.
  MembersReader(const DecodeLimits& limits, std::size_t most)
      : ListingReader("an object of user names and roles, like {\"alice\":\"owner\"}", limits) {
    members_.reserve(std::min(most, limits.entries));
  }

  std::vector<Member>& rows() { return members_; }
  // Whether they came in the order of their names, each once. Registries mostly send them so.
  bool in_order() const { return in_order_; }

 protected:
  bool RowsAreObject() const override { return true; }

  bool OnName(std::string& name) override {
    if (!CheckCount(members_.size()) || !CheckName(name)) return false;
    in_order_ = in_order_ && (members_.empty() || members_.back().user < name);
    members_.emplace_back().user = std::move(name);
    return true;
  }

  bool OnString(std::string& value) override {
    const std::optional<Role> role = ParseRole(value);
    if (!role) {
      return Note(fmt::format("the user {} has the role {}; this version knows developer, admin and owner",
                              Quote(members_.back().user), Quote(value)));
    }
    members_.back().role = *role;
    return true;
  }

 private:
  std::vector<Member> members_;
  bool in_order_ = true;
};

class NamesReader final : public ListingReader {
 public:
  using ListingReader::ListingReader;

  std::vector<std::string>& rows() { return names_; }

 protected:
  bool RowsAreObject() const override { return false; }
  bool OnName(std::string&) override { return Refuse("a key"); }

  bool OnString(std::string& value) override {
    if (!CheckCount(names_.size()) || !CheckName(value)) return false;
    names_.push_back(std::move(value));
    return true;
  }

 private:
  std::vector<std::string> names_;
};

absl::Status Parse(std::string_view json, ListingReader& reader, std::string_view what) {
  bool parsed = false;
  std::string thrown;
  try {
    parsed = Json::sax_parse(json.begin(), json.end(), &reader) && reader.Finish();
  } catch (const std::exception& error) {  // out of memory or a defect of the library
    thrown = error.what();
  }
  if (parsed && !reader.problem()) return absl::OkStatus();
  std::string problem = reader.problem().value_or(thrown);
  if (json.empty()) problem = "the body is empty";
  if (json.starts_with('<')) problem = "it is an HTML page, which often comes from a proxy or a firewall";
  return absl::DataLossError(fmt::format("the {} cannot be read: {}", what, problem));
}

// A row that is there twice, after sorting.
template <typename Row, typename Name>
const std::string* SortAndFindTwice(std::vector<Row>& rows, const Name& name) {
  const auto not_before = [&](const Row& a, const Row& b) { return name(a) >= name(b); };
  if (std::adjacent_find(rows.begin(), rows.end(), not_before) == rows.end()) return nullptr;
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return name(a) < name(b); });
  const auto twice = std::adjacent_find(rows.begin(), rows.end(), not_before);
  return twice == rows.end() ? nullptr : &name(*twice);
}

absl::Status SortDistinct(std::vector<std::string>& names, std::string_view what) {
  const auto self = [](const std::string& name) -> const std::string& { return name; };
  const std::string* const twice = SortAndFindTwice(names, self);
  if (twice == nullptr) return absl::OkStatus();
  return absl::DataLossError(fmt::format("the {} names {} twice", what, Quote(*twice)));
}

constexpr std::string_view kMemberList = "member list of the organization";
constexpr std::string_view kTeamList = "team list of the organization";
constexpr std::string_view kTeamMemberList = "member list of the team";

}  // namespace

std::string_view ToString(Role role) {
  switch (role) {
    case Role::kDeveloper:
      return "developer";
    case Role::kAdmin:
      return "admin";
    case Role::kOwner:
      return "owner";
  }
  return "";
}

absl::StatusOr<Page<Member>> DecodeMembers(std::string_view json, const DecodeLimits& limits) {
  // Each row has a colon, so its memory need not be moved while the rows become more.
  MembersReader reader(limits, static_cast<std::size_t>(std::count(json.begin(), json.end(), ':')));
  RETURN_IF_ERROR(Parse(json, reader, kMemberList));
  std::vector<Member> members = std::move(reader.rows());
  const auto user = [](const Member& member) -> const std::string& { return member.user; };
  if (const std::string* const twice = reader.in_order() ? nullptr : SortAndFindTwice(members, user)) {
    return absl::DataLossError(fmt::format("the {} names {} twice", kMemberList, Quote(*twice)));
  }
  return Page<Member>{std::move(members), std::move(reader.info())};
}

absl::StatusOr<Page<std::string>> DecodeTeams(std::string_view json, const OrgName& org, const DecodeLimits& limits) {
  NamesReader reader("an array of strings like \"org:team\"", limits);
  RETURN_IF_ERROR(Parse(json, reader, kTeamList));
  std::vector<std::string> teams;
  teams.reserve(reader.rows().size());
  for (const std::string& entry : reader.rows()) {
    std::string_view rest = entry;
    if (rest.starts_with('@')) rest.remove_prefix(1);
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos || colon + 1 == rest.size()) {
      return absl::DataLossError(
          fmt::format("the {} holds {}, which is not of the form org:team", kTeamList, Quote(entry)));
    }
    if (rest.substr(0, colon) != org.value()) {
      return absl::DataLossError(fmt::format("the {} holds {}, which belongs to another organization than {}",
                                             kTeamList, Quote(entry), Quote(org.value())));
    }
    teams.emplace_back(rest.substr(colon + 1));
  }
  RETURN_IF_ERROR(SortDistinct(teams, kTeamList));
  return Page<std::string>{std::move(teams), std::move(reader.info())};
}

absl::StatusOr<Page<std::string>> DecodeTeamMembers(std::string_view json, const DecodeLimits& limits) {
  NamesReader reader("an array of user names", limits);
  RETURN_IF_ERROR(Parse(json, reader, kTeamMemberList));
  std::vector<std::string> users = std::move(reader.rows());
  RETURN_IF_ERROR(SortDistinct(users, kTeamMemberList));
  return Page<std::string>{std::move(users), std::move(reader.info())};
}

std::string DecodeWhoami(std::string_view json) {
  const auto document = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  const auto name = document.find("username");
  return name != document.end() && name->is_string() ? name->get<std::string>() : "";
}

}  // namespace connector
