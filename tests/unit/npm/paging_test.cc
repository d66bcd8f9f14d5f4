#include "connector/npm/paging.h"

#include <gmock/gmock.h>

#include "connector/http/link.h"
#include "connector/npm/listing.h"
#include "tests/testing/status_matchers.h"

namespace connector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using testing_util::IsOk;
using testing_util::IsOkAndHolds;
using testing_util::StatusIs;

const Origin kOrigin{true, "npm.example.com", 443, "/api/npm"};

TEST(NextLinkTest, ReadsTheHeaderAsTheRfcHasIt) {
  const auto next = [](const char* value) { return NextLink({{"Link", value}}); };
  EXPECT_THAT(next("</a?page=2>; rel=\"next\""), Optional(std::string("/a?page=2")));
  EXPECT_THAT(next("</z>; rel=last, </a>;rel=next"), Optional(std::string("/a")));
  EXPECT_THAT(next("</a>; title=\"x, \\\"; rel=\"; REL=\"prev NEXT\""), Optional(std::string("/a")));
  EXPECT_THAT(next("</a,b;c>; rel=next; x"), Optional(std::string("/a,b;c")));
  for (const char* none : {"", "<", "</a>", "</a>; rel=prev", "/a; rel=next", "</a>; title=\"rel=next\"", ",,<"}) {
    EXPECT_EQ(next(none), std::nullopt) << none;
  }
  EXPECT_THAT(NextLink({{"link", "</z>; rel=last"}, {"LINK", "</a>; rel=next"}}), Optional(std::string("/a")));
}

absl::StatusOr<std::optional<std::string>> Next(const PageInfo& info, std::size_t rows = 2, std::size_t so_far = 2,
                                                const Headers& headers = {}) {
  HttpRequest asked;
  asked.target = "/-/org/acme/team?format=cli";
  HttpResponse response;
  response.headers = headers;
  return NextPage(asked, response, info, rows, so_far, kOrigin);
}

TEST(NextPageTest, FindsItInEveryDialect) {
  const auto at = [](const char* target) { return IsOkAndHolds(Optional(std::string(target))); };
  PageInfo info;
  EXPECT_THAT(Next(info), IsOkAndHolds(std::nullopt));
  info.next = "a/b+c=";
  EXPECT_THAT(Next(info), at("/-/org/acme/team?format=cli&cursor=a%2Fb%2Bc%3D"));
  info = {};
  info.page = 0, info.per_page = 2;
  EXPECT_THAT(Next(info), at("/-/org/acme/team?format=cli&page=1&perPage=2"));
  EXPECT_THAT(Next(info, 0), IsOkAndHolds(std::nullopt));
  info.total = 3;
  EXPECT_THAT(Next(info), at("/-/org/acme/team?format=cli&page=1&perPage=2"));
  EXPECT_THAT(Next(info, 0), at("/-/org/acme/team?format=cli&page=1&perPage=2"));  // an empty page in the middle
  EXPECT_THAT(Next(info, 1, 3), IsOkAndHolds(std::nullopt));
  info = {};
  info.offset = 4, info.limit = 2;
  EXPECT_THAT(Next(info), at("/-/org/acme/team?format=cli&offset=6&limit=2"));
  EXPECT_THAT(Next({}, 2, 2, {{"Link", "<?page=2>; rel=next"}}), at("/-/org/acme/team?page=2"));
}

TEST(NextPageTest, StaysWithTheRegistry) {
  const auto at = [](const char* target) { return IsOkAndHolds(Optional(std::string(target))); };
  const auto next = [](const char* url) {
    PageInfo info;
    info.next_url = url;
    return Next(info);
  };
  EXPECT_THAT(next("/-/x?page=1"), at("/-/x?page=1"));
  EXPECT_THAT(next("/api/npm/-/x"), at("/-/x"));
  EXPECT_THAT(next("https://npm.example.com/api/npm/-/x#there"), at("/-/x"));
  EXPECT_THAT(next("https://NPM.example.com:443/-/x"), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("")));
  EXPECT_THAT(next("//npm.example.com/-/x"), at("/-/x"));
  for (const char* away :
       {"https://evil.example.com/-/x", "http://npm.example.com/-/x", "https://npm.example.com:444/-/x",
        "//evil.example.com/-/x", "https://npm.example.com@evil.example.com/-/x",
        "https://npm.example.com.evil.example.com/", "https:///-/x", "x", "ftp://npm.example.com/-/x"}) {
    EXPECT_THAT(next(away), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(""))) << away;
  }
}

TEST(DecodeTest, ReadsEnvelopes) {
  const auto page = DecodeMembers(
      R"({"total":3,"objects":{"next":"owner","total":"admin"},"urls":{"next":"/n","prev":null},"next":"c","page":1,"perPage":2})",
      {});
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->rows, ElementsAre(Member{"next", Role::kOwner}, Member{"total", Role::kAdmin}));
  EXPECT_EQ(page->info.next_url, "/n");
  EXPECT_EQ(page->info.next, "c");
  EXPECT_EQ(page->info.total, 3u);
  EXPECT_EQ(page->info.page, 1u);
  EXPECT_EQ(page->info.per_page, 2u);
  const auto names = DecodeTeamMembers(R"({"next":null,"offset":0,"limit":5,"objects":["b","a"]})", {});
  ASSERT_THAT(names, IsOk());
  EXPECT_THAT(names->rows, ElementsAre("a", "b"));
  EXPECT_EQ(names->info.limit, 5u);
}

TEST(DecodeTest, AUserMayHaveTheNameOfAKey) {
  const auto page = DecodeMembers(R"({"next":"owner","objects":"admin","total":"developer","bob":"admin"})", {});
  ASSERT_THAT(page, IsOk());
  EXPECT_FALSE(page->info.enveloped);
  EXPECT_EQ(page->rows.size(), 4u);
}

TEST(DecodeTest, RefusesEnvelopesThatItDoesNotKnow) {
  for (const char* json :
       {R"({"objects":["a"],"hasMore":true})", R"({"objects":["a"],"hasMore":"yes"})", R"({"total":1})",
        R"({"objects":["a"],"objects":["b"]})", R"({"objects":["a"],"total":1,"total":2})",
        R"({"objects":["a"],"total":-1})", R"({"objects":{"a":"owner"}})", R"({"objects":["a"],"urls":[]})",
        R"({"objects":["a"],"next":7})", R"({})"}) {
    EXPECT_THAT(DecodeTeamMembers(json, {}), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(""))) << json;
  }
  for (const char* json :
       {R"({"a":"owner","objects":{}})", R"({"objects":{},"a":"owner"})", R"({"next":"c","total":1})",
        R"({"objects":{"a":"owner"},"hasMore":true})", R"({"hasMore":true,"objects":{}})"}) {
    EXPECT_THAT(DecodeMembers(json, {}), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(""))) << json;
  }
}

class ListingTest : public ::testing::Test {
 protected:
  absl::Status Add(const std::string& body) {
    HttpResponse response;
    response.status = 200;
    response.body = body;
    return listing_.Add(response);
  }

  Listing<std::string> listing_{HttpRequest{"GET", "/l", {}, ""}, "the list", kOrigin, DecodeLimits{},
                                [](std::string_view body) { return DecodeTeamMembers(body, {}); }};
};

TEST_F(ListingTest, ReadsToTheEnd) {
  ASSERT_THAT(Add(R"({"objects":["b","d"],"next":"1"})"), IsOk());
  EXPECT_FALSE(listing_.complete());
  EXPECT_EQ(listing_.request().target, "/l?cursor=1");
  ASSERT_THAT(Add(R"({"objects":[],"next":"2"})"), IsOk());
  ASSERT_THAT(Add(R"({"objects":["a"]})"), IsOk());
  EXPECT_TRUE(listing_.complete());
  EXPECT_THAT(listing_.rows(), ElementsAre("a", "b", "d"));
}

TEST_F(ListingTest, StartsOverWhenItMoves) {
  for (const char* moved : {R"({"objects":["b"],"next":"2","total":2})", R"({"objects":["a"],"total":3})",
                            R"({"objects":["b"],"total":3})"}) {
    ASSERT_THAT(Add(R"({"objects":["a"],"next":"1","total":3})"), IsOk());
    ASSERT_THAT(Add(moved), IsOk()) << moved;
    EXPECT_EQ(listing_.request().target, "/l") << moved;
    EXPECT_FALSE(listing_.complete());
  }
  ASSERT_THAT(Add(R"({"objects":["a"],"next":"1","total":3})"), IsOk());
  EXPECT_THAT(Add(R"({"objects":["b"],"total":3})"), StatusIs(absl::StatusCode::kAborted, HasSubstr("the list")));
}

TEST_F(ListingTest, RefusesCircles) {
  ASSERT_THAT(Add(R"({"objects":["a"],"next":"1"})"), IsOk());
  EXPECT_THAT(Add(R"({"objects":["b"],"next":"1"})"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("circle")));
  EXPECT_THAT(Add(R"({"objects":["a"],"next":"2"})"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("circle")));
}

TEST_F(ListingTest, ARepeatedLastPageEndsItIfTheTotalIsReached) {
  ASSERT_THAT(Add(R"({"objects":["a"],"next":"1","total":2})"), IsOk());
  ASSERT_THAT(Add(R"({"objects":["b"],"next":"2","total":2})"), IsOk());
  ASSERT_THAT(Add(R"({"objects":["b"],"next":"3","total":2})"), IsOk());
  EXPECT_TRUE(listing_.complete());
  EXPECT_THAT(listing_.rows(), ElementsAre("a", "b"));
}

TEST_F(ListingTest, APageThatIsGoneStartsOver) {
  EXPECT_FALSE(listing_.Restart());
  ASSERT_THAT(Add(R"({"objects":["a"],"next":"1"})"), IsOk());
  EXPECT_TRUE(listing_.Restart());
  EXPECT_EQ(listing_.request().target, "/l");
}

TEST_F(ListingTest, KeepsNothingOfWhatItCannotRead) {
  ASSERT_THAT(Add(R"({"objects":["a"],"next":"1"})"), IsOk());
  EXPECT_THAT(Add("<html>"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("")));
  EXPECT_EQ(listing_.request().target, "/l?cursor=1");
  ASSERT_THAT(Add(R"({"objects":["b"]})"), IsOk());
  EXPECT_THAT(listing_.rows(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace connector
