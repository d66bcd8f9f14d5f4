#include "connector/http/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/testing/status_matchers.h"

namespace connector {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_util::IsOk;
using testing_util::StatusIs;

absl::StatusOr<std::optional<Proxy>> ProxyOf(const std::string& url, std::map<std::string, std::string> variables) {
  return ProxyFor(*Origin::Parse(url), [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string AddressOf(const std::string& url, const std::map<std::string, std::string>& variables) {
  const auto proxy = ProxyOf(url, variables);
  EXPECT_THAT(proxy, IsOk());
  return proxy.ok() && *proxy ? (*proxy)->ToString() : "direct";
}

constexpr const char* kNpm = "https://registry.npmjs.org";

TEST(ProxyTest, ComesFromTheEnvironmentInBothSpellings) {
  EXPECT_EQ(AddressOf(kNpm, {}), "direct");
  EXPECT_EQ(AddressOf(kNpm, {{"HTTPS_PROXY", ""}}), "direct");
  EXPECT_EQ(AddressOf(kNpm, {{"HTTPS_PROXY", "http://proxy.corp:3128"}}), "http://proxy.corp:3128");
  EXPECT_EQ(AddressOf(kNpm, {{"https_proxy", "proxy.corp:3128/"}}), "http://proxy.corp:3128");
  EXPECT_EQ(AddressOf(kNpm, {{"HTTPS_PROXY", "http://proxy.corp"}}), "http://proxy.corp:80");
  EXPECT_EQ(AddressOf("http://registry.corp", {{"HTTPS_PROXY", "http://proxy.corp"}}), "direct");
  EXPECT_EQ(AddressOf("https://127.0.0.1:4873", {{"HTTPS_PROXY", "http://proxy.corp"}}), "direct");
}

TEST(ProxyTest, NoProxyNamesHostsAndDomains) {
  for (const char* covers : {"*", "registry.npmjs.org", "npmjs.org", ".npmjs.org", "*.npmjs.org", "NPMJS.ORG",
                             "a.example, npmjs.org", "registry.npmjs.org:443"}) {
    EXPECT_EQ(AddressOf(kNpm, {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", covers}}), "direct") << covers;
    EXPECT_EQ(AddressOf(kNpm, {{"https_proxy", "http://p"}, {"no_proxy", covers}}), "direct") << covers;
  }
  for (const char* other : {"", ",", "s.org", "npmjs.com", "registry.npmjs.org:8443", "x.registry.npmjs.org", ". , "}) {
    EXPECT_EQ(AddressOf(kNpm, {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", other}}), "http://p:80") << other;
  }
}

TEST(ProxyTest, CredentialsStaySecret) {
  const auto proxy = ProxyOf(kNpm, {{"HTTPS_PROXY", "http://me:p%40ss@proxy.corp:3128"}});
  ASSERT_THAT(proxy, IsOk());
  EXPECT_EQ((*proxy)->credentials.Reveal(), "me:p@ss");
  EXPECT_EQ((*proxy)->ToString(), "http://proxy.corp:3128");
  for (const char* bad : {"https://me:CANARY@proxy", "socks5://me:CANARY@proxy", "http://me:CANARY%zz@proxy", "http://",
                          "http://me:CANARY@", "http://me:CANARY@proxy:port"}) {
    EXPECT_THAT(ProxyOf(kNpm, {{"HTTPS_PROXY", bad}}),
                StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("HTTPS_PROXY"), Not(HasSubstr("CANARY")))))
        << bad;
  }
}

}  // namespace
}  // namespace connector
