#include "mock_registry/registry/pages.h"

#include <gmock/gmock.h>

#include "mock_registry/scenario/loader.h"

namespace mock_registry {
namespace {

using connector::FindHeader;
using connector::HttpResponse;
using connector::Instant;
using ::testing::HasSubstr;
using ::testing::Optional;

class PagesTest : public ::testing::Test {
 protected:
  void Start(const std::string& dialect) {
    scenario_ = ParseScenario(R"({ "version": 1, "pagination": { "team.members": { )" + dialect + "} } }", "p.json");
    ASSERT_TRUE(scenario_.ok()) << scenario_.status();
    pages_.emplace(scenario_->pagination);
  }

  HttpResponse Get(const std::string& query, absl::Duration at = {}) {
    connector::HttpRequest request;
    request.target = "/-/team/acme/x/user" + query;
    const auto listing = pages_->Prepare("team.members", rows_);
    return pages_->Answer(request, {"team.members", "acme", "x"}, "t", listing, Instant(at)).response;
  }

  Rows rows_{false, "", {{"a", ""}, {"b", ""}, {"c", ""}}};
  absl::StatusOr<Scenario> scenario_;
  std::optional<Pages> pages_;
};

TEST_F(PagesTest, EachDialect) {
  Start(R"("style": "none")");
  EXPECT_EQ(Get("").body, R"(["a","b","c"])");
  Start(R"("style": "page", "size": 2)");
  EXPECT_EQ(Get("").body, R"({"objects":["a","b"],"total":3,"page":0,"perPage":2})");
  EXPECT_EQ(Get("?page=1").body, R"({"objects":["c"],"total":3,"page":1,"perPage":2})");
  EXPECT_EQ(Get("?page=7").body, R"({"objects":[],"total":3,"page":7,"perPage":2})");
  Start(R"("style": "offset", "size": 2, "total": false)");
  EXPECT_EQ(Get("?offset=2&limit=2").body, R"({"objects":["c"],"offset":2,"limit":2})");
  Start(R"("style": "urls", "size": 2, "last": "null-next")");
  EXPECT_EQ(Get("?format=cli").body,
            R"({"objects":["a","b"],"total":3,"urls":{"next":"/-/team/acme/x/user?format=cli&page=1&perPage=2"}})");
  EXPECT_EQ(Get("?page=1&perPage=2").body, R"({"objects":["c"],"total":3,"urls":{"next":null}})");
  Start(R"("style": "link", "size": 2)");
  EXPECT_EQ(Get("").body, R"(["a","b"])");
  EXPECT_THAT(FindHeader(Get("").headers, "link"),
              Optional(std::string(R"(</-/team/acme/x/user?page=1&limit=2>; rel="next")")));
  EXPECT_EQ(FindHeader(Get("?page=1&limit=2").headers, "link"), std::nullopt);
}

TEST_F(PagesTest, AClientMayAskForASizeUpToAMaximum) {
  Start(R"("style": "page", "size": 1, "maxSize": 2)");
  EXPECT_THAT(Get("?perPage=1").body, HasSubstr(R"("perPage":1)"));
  EXPECT_THAT(Get("?perPage=9").body, HasSubstr(R"({"objects":["a","b"],"total":3,"page":0,"perPage":2})"));
  for (const char* wrong : {"?perPage=0", "?perPage=-1", "?perPage=x", "?page=x", "?page=99999999999999999999"}) {
    EXPECT_EQ(Get(wrong).status, 400) << wrong;
  }
}

TEST_F(PagesTest, CursorsNameTheLastRow) {
  Start(R"("style": "cursor", "size": 1, "total": false, "expires": "10s")");
  const std::string body = Get("").body;
  EXPECT_THAT(body, HasSubstr(R"({"objects":["a"],"next":"+/)"));
  const std::size_t begin = body.find("+/");
  std::string cursor = body.substr(begin, body.find('"', begin) - begin);
  for (std::size_t at = 0; (at = cursor.find_first_of("+/=", at)) != std::string::npos;) {
    cursor.replace(at, 1, cursor[at] == '+' ? "%2B" : cursor[at] == '/' ? "%2F" : "%3D");
  }
  rows_.rows.Edit().erase(rows_.rows.Edit().begin());  // a leaves
  EXPECT_THAT(Get("?cursor=" + cursor).body, HasSubstr(R"(["b"])"));
  EXPECT_EQ(pages_->NumberOf("team.members", "/x?cursor=" + cursor), 2u);
  EXPECT_EQ(Get("?cursor=" + cursor, absl::Seconds(10)).status, 410);
  EXPECT_EQ(Get("?cursor=nonsense").status, 400);
}

TEST_F(PagesTest, ASnapshotIsOfTheFirstPage) {
  Start(R"("style": "page", "size": 2, "stability": "snapshot")");
  Get("");
  rows_.rows.Edit().erase(rows_.rows.Edit().begin());
  EXPECT_THAT(Get("?page=1").body, HasSubstr(R"(["c"],"total":3)"));
  EXPECT_THAT(Get("").body, HasSubstr(R"(["b","c"],"total":2)"));
}

}  // namespace
}  // namespace mock_registry
