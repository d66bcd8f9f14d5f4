#include "mock_registry/registry/compression.h"

#include <gtest/gtest.h>

#include "connector/http/gunzip.h"
#include "mock_registry/scenario/loader.h"
#include "mock_registry/transport/wire.h"
#include "mock_registry/world.h"
#include "tests/testing/status_matchers.h"

namespace mock_registry {
namespace {

using connector::HttpRequest;
using connector::HttpResponse;
using testing_util::IsOk;

std::string Unpacked(const std::string& packed) {
  connector::Gunzip gunzip;
  std::string text;
  EXPECT_THAT(gunzip.Add(packed, 1 << 20, text), IsOk());
  return text;
}

class CompressionTest : public ::testing::Test {
 protected:
  // `network` and what else the scenario says, beginning with a comma.
  explicit CompressionTest(const std::string& rest = R"(, "network": { "compression": "gzip" })")
      : world_(*ParseScenario(R"({ "version": 1)" + rest + "}", "s.json")) {}

  Reply Get(const std::string& target, const char* accepted, const std::string& method = "GET", std::string body = "") {
    HttpRequest request{method, target, {{"Authorization", fmt::format("Bearer {}", kDefaultToken)}}, std::move(body)};
    if (accepted != nullptr) request.headers.emplace_back("Accept-Encoding", accepted);
    return world_.Handle(request, connector::Instant());
  }

  World world_;
};

TEST_F(CompressionTest, IsForThoseWhoAcceptIt) {
  const HttpResponse plain = Get("/-/org/acme/user", nullptr).response;
  for (const char* accepted : {"gzip", "gzip,deflate", "br, GZIP ;q=0.5", "*", "identity;q=0.5, *;q=0.1"}) {
    const HttpResponse packed = Get("/-/org/acme/user", accepted).response;
    EXPECT_EQ(connector::FindHeader(packed.headers, "content-encoding"), "gzip") << accepted;
    EXPECT_EQ(connector::FindHeader(packed.headers, "vary"), "accept-encoding");
    EXPECT_EQ(Unpacked(packed.body), plain.body);
  }
  for (const char* accepted : {"", "identity", "br", "gzip;q=0", "gzip;q=0, *", "gzipped"}) {
    EXPECT_EQ(Get("/-/org/acme/user", accepted).response.body, plain.body) << accepted;
  }
}

TEST_F(CompressionTest, IsThatOfTheOrganizationAsItIs) {
  EXPECT_EQ(Get("/-/org/acme/user", "gzip").response.body, Get("/-/org/acme/user", "gzip").response.body);
  Get("/-/org/acme/user", nullptr, "PUT", R"({"user":"dave","role":"admin"})");
  EXPECT_NE(Unpacked(Get("/-/org/acme/user", "gzip").response.body).find("dave"), std::string::npos);
}

TEST_F(CompressionTest, ErrorsArePlain) { EXPECT_EQ(Get("/-/org/none/user", "gzip").response.body.front(), '{'); }

TEST_F(CompressionTest, ASimulatedClientUnpacks) {
  const auto delivered = Deliver(Get("/-/org/acme/user", "gzip"));
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(delivered));
  EXPECT_EQ(std::get<HttpResponse>(delivered).body, Get("/-/org/acme/user", nullptr).response.body);
}

class NoCompressionTest : public CompressionTest {
 protected:
  NoCompressionTest() : CompressionTest("") {}
};

TEST_F(NoCompressionTest, IsTheDefault) { EXPECT_EQ(Get("/-/org/acme/user", "gzip").response.body.front(), '{'); }

class DamagedCompressionTest : public CompressionTest {
 protected:
  DamagedCompressionTest()
      : CompressionTest(R"(, "network": { "compression": "gzip" },
          "pagination": { "org.members": { "style": "cursor", "size": 2 } },
          "faults": [ { "id": "half", "when": { "op": "org.teams" }, "then": { "truncate": { "atFraction": 0.5 } } },
                      { "id": "bom", "when": { "op": "team.members" }, "then": { "json": "bom" } } ])") {}
};

TEST_F(DamagedCompressionTest, WireFaultsCutWhatIsPackedAndDocumentsAreDamagedPlain) {
  const Reply cut = Get("/-/org/acme/team", "gzip");
  EXPECT_EQ(cut.fault.truncate_at, cut.response.body.size() / 2);
  EXPECT_EQ(Unpacked(cut.response.body), R"(["acme:developers"])");
  EXPECT_TRUE(Get("/-/team/acme/developers/user", "gzip").response.body.starts_with("\xEF\xBB\xBF["));
}

TEST_F(DamagedCompressionTest, PagesArePackedEachByItself) {
  const std::string page = Unpacked(Get("/-/org/acme/user", "gzip").response.body);
  EXPECT_NE(page.find(R"({"objects":{"alice":"owner","bob":"admin"})"), std::string::npos) << page;
}

}  // namespace
}  // namespace mock_registry
