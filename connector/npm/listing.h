// One listing, page by page, until it is known to be whole.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connector/npm/paging.h"

namespace connector {

inline const std::string& KeyOf(const Member& member) { return member.user; }
inline const std::string& KeyOf(const std::string& name) { return name; }

// A listing that contradicts itself while it is read has moved, and is read from its start again: a row on two pages,
// another total than before, fewer rows than the total, a page that the registry no longer knows.
template <typename Row>
class Listing {
 public:
  using Decode = std::function<absl::StatusOr<Page<Row>>(std::string_view body)>;
  static constexpr int kMostRestarts = 3;
  static constexpr int kMostEmptyPages = 100;  // in a row

  // `what` names it in errors. `origin` outlives the listing.
  Listing(HttpRequest first, std::string what, const Origin& origin, const DecodeLimits& limits, Decode decode)
      : what_(std::move(what)),
        origin_(&origin),
        limits_(limits),
        decode_(std::move(decode)),
        first_(first.target),
        request_(std::move(first)) {}

  const std::string& what() const { return what_; }

  // What to ask for next.
  const HttpRequest& request() const { return request_; }

  // Takes the answer to request(). kDataLoss if it cannot be read, and nothing was taken then; kFailedPrecondition for
  // pages that lead in a circle or away; kAborted if it kept moving.
  absl::Status Add(const HttpResponse& response) {
    ASSIGN_OR_RETURN(Page<Row> page, decode_(response.body));
    const std::optional<std::uint64_t> total = TotalOf(response, page.info);
    if (pages_ > 0 && total != total_) return StartOver("its total changed");
    const std::size_t so_far = rows_.size() + page.rows.size();
    if (so_far > limits_.entries || pages_ >= limits_.pages) {
      return absl::ResourceExhaustedError(
          fmt::format("{} has more than {} entries or {} pages.", what_, limits_.entries, limits_.pages));
    }
    const bool repeats = pages_ > 0 && page.rows == last_page_;
    if (repeats && total == rows_.size()) return Complete();
    if (repeats && !page.rows.empty()) {
      return total ? StartOver("a page repeats the one before it") : Circle("a page repeats the one before it");
    }
    if (repeats && ++empty_in_a_row_ > kMostEmptyPages) return Circle("all are empty");
    if (!repeats) empty_in_a_row_ = 0;
    ASSIGN_OR_RETURN(const std::optional<std::string> next,
                     NextPage(request_, response, page.info, page.rows.size(), so_far, *origin_));
    asked_.insert(request_.target);
    const bool circle = next && asked_.contains(*next);
    if (circle && total != so_far) return Circle("the next page is one that was read");
    ++pages_;
    total_ = total;
    enveloped_ = page.info.enveloped;
    const bool is_last = !next || circle;
    if (!is_last) last_page_ = page.rows;
    if (rows_.empty()) {
      rows_ = std::move(page.rows);
    } else {
      rows_.insert(rows_.end(), std::make_move_iterator(page.rows.begin()), std::make_move_iterator(page.rows.end()));
    }
    if (is_last) return Complete();
    request_.target = *next;
    return absl::OkStatus();
  }

  // For an answer that says that the page is gone. False if nothing can be done about it.
  bool Restart() { return request_.target != first_ && StartOver("a page was gone").ok(); }

  bool complete() const { return complete_; }
  // Whether the registry said that it pages.
  bool paged() const { return pages_ > 1 || enveloped_ || total_.has_value(); }
  // Sorted and distinct, once it is complete.
  std::vector<Row>& rows() { return rows_; }

 private:
  absl::Status Complete() {
    if (total_ && *total_ != rows_.size()) {
      return StartOver(fmt::format("it ended after {} of {} rows", rows_.size(), *total_));
    }
    if (pages_ > 1) {
      std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return KeyOf(a) < KeyOf(b); });
      const auto twice = std::adjacent_find(rows_.begin(), rows_.end(),
                                            [](const Row& a, const Row& b) { return KeyOf(a) == KeyOf(b); });
      if (twice != rows_.end()) return StartOver("a row is on two pages");
    }
    complete_ = true;
    return absl::OkStatus();
  }

  absl::Status StartOver(std::string_view reason) {
    if (++restarts_ > kMostRestarts) {
      return absl::AbortedError(fmt::format(
          "{} could not be read whole: {}, after {} more attempts from its start. Is it being changed? Try again "
          "later.",
          what_, reason, kMostRestarts));
    }
    rows_.clear();
    last_page_.clear();
    asked_.clear();
    pages_ = 0;
    empty_in_a_row_ = 0;
    total_.reset();
    request_.target = first_;
    return absl::OkStatus();
  }

  absl::Status Circle(std::string_view seen) const {
    return absl::FailedPreconditionError(
        fmt::format("the pages of {} lead in a circle: after {} of them {}. Its end cannot be known, so nothing was "
                    "written.",
                    what_, pages_ + 1, seen));
  }

  std::string what_;
  const Origin* origin_;
  DecodeLimits limits_;
  Decode decode_;
  std::string first_;
  HttpRequest request_;
  std::vector<Row> rows_;
  std::vector<Row> last_page_;   // if another follows
  std::set<std::string> asked_;  // targets, since the last start
  std::size_t pages_ = 0;
  int empty_in_a_row_ = 0;
  std::optional<std::uint64_t> total_;
  bool enveloped_ = false;
  bool complete_ = false;
  int restarts_ = 0;
};

}  // namespace connector
