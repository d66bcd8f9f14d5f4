#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "connector/store/c1z_reader.h"
#include "connector/store/c1z_writer.h"
#include "connector/store/container.h"
#include "connector/store/database.h"
#include "connector/store/files.h"
#include "connector/store/ksuid.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace connector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using testing_util::IsOk;
using testing_util::IsOkAndHolds;
using testing_util::ReadBytes;
using testing_util::StatusIs;
using testing_util::TempFolder;
using testing_util::WriteBytes;

const absl::Time kStart = absl::FromUnixSeconds(1767225600);

C1zOptions OptionsFor(const std::string& path) { return {path, kStart, absl::UTCTimeZone(), 7}; }

AccessGraph Sample() {
  AccessGraph graph;
  graph.organization = "acme";
  graph.users = {"alice", "zo\xC3\xAB"};
  graph.teams = {"developers", "a:b"};
  graph.grants = {{OrganizationEntitlements("acme")[2], {ResourceType::kUser, "alice"}},
                  {OrganizationEntitlements("acme")[0], {ResourceType::kUser, "zo\xC3\xAB"}},
                  {TeamEntitlement("developers"), {ResourceType::kUser, "alice"}},
                  {TeamEntitlement("a:b"), {ResourceType::kUser, "zo\xC3\xAB"}}};
  return graph;
}

absl::Status Feed(const AccessGraph& graph, GraphSink& sink) {
  RETURN_IF_ERROR(sink.AddOrganization(graph.organization));
  for (const std::string& user : graph.users) RETURN_IF_ERROR(sink.AddUser(user));
  for (const std::string& team : graph.teams) RETURN_IF_ERROR(sink.AddTeam(team));
  for (const Grant& grant : graph.grants) RETURN_IF_ERROR(sink.AddGrant(grant.entitlement, grant.principal.name));
  return absl::OkStatus();
}

absl::Status WriteGraph(const AccessGraph& graph, const C1zOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<C1zWriter> writer, C1zWriter::Create(options));
  RETURN_IF_ERROR(Feed(graph, *writer));
  return writer->Publish(options.started_at + absl::Milliseconds(1500));
}

TEST(KsuidTest, IsTheKnownTextOfKnownBytes) {
  // From the README of segmentio/ksuid: 2017-10-09 21:00:47 -0700, payload B5A1CD34B5F99D1154FB6853345C9735.
  const std::array<std::uint8_t, 16> payload = {0xB5, 0xA1, 0xCD, 0x34, 0xB5, 0xF9, 0x9D, 0x11,
                                                0x54, 0xFB, 0x68, 0x53, 0x34, 0x5C, 0x97, 0x35};
  EXPECT_EQ(MakeKsuid(absl::FromUnixSeconds(1400000000 + 107608047), payload), "0ujtsYcgvSTl8PAuAdqWYSMnLOv");
}

TEST(KsuidTest, SortsByTimeAndClamps) {
  EXPECT_LT(MakeKsuid(kStart, {}), MakeKsuid(kStart + absl::Seconds(1), {}));
  EXPECT_EQ(MakeKsuid(absl::InfinitePast(), {}), std::string(27, '0'));
  std::array<std::uint8_t, 16> ones;
  ones.fill(0xFF);
  EXPECT_EQ(MakeKsuid(absl::InfiniteFuture(), ones), "aWgEPTl1tmebfsQzFP4bxwgy80V");  // the largest there is
}

TEST(C1zTest, ReadsBackWhatWasWritten) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(path)), IsOk());
  const absl::StatusOr<FinishedSync> sync = ReadLatestSync(path);
  ASSERT_THAT(sync, IsOk());
  EXPECT_EQ(sync->graph, Sample());
  EXPECT_EQ(sync->run.started_at, "2026-01-01 00:00:00");
  EXPECT_EQ(sync->run.ended_at, "2026-01-01 00:00:01.5");
  EXPECT_EQ(sync->run.id.size(), 27u);
  EXPECT_THAT(folder.Names(), ElementsAre("sync.c1z"));
}

TEST(C1zTest, SameGraphSameBytes) {
  const TempFolder folder;
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(folder.File("a"))), IsOk());
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(folder.File("b"))), IsOk());
  EXPECT_EQ(ReadBytes(folder.File("a")), ReadBytes(folder.File("b")));
}

TEST(C1zTest, TheFileIsPrivate) {
  const TempFolder folder;
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(folder.File("a"))), IsOk());
  struct stat info {};
  ASSERT_EQ(::stat(folder.File("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(C1zTest, StampsInTheGivenZone) {
  const TempFolder folder;
  C1zOptions options = OptionsFor(folder.File("a"));
  options.time_zone = absl::FixedTimeZone(2 * 60 * 60);
  ASSERT_THAT(WriteGraph(Sample(), options), IsOk());
  EXPECT_EQ(ReadLatestSync(options.path)->run.started_at, "2026-01-01 02:00:00");
}

TEST(C1zTest, AnyGraphComesBack) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  const std::vector<std::string> unusual = {"__proto__",
                                            "a:b:c",
                                            "%2F",
                                            "..",
                                            " ",
                                            "UPPER",
                                            "zo\xC3\xAB",
                                            "\xF0\x9F\xA6\x8A",
                                            "-",
                                            "NULL",
                                            "'); DROP TABLE v1_grants; --",
                                            std::string(214, 'x')};
  const auto name = [&] {
    return rc::gen::oneOf(rc::gen::elementOf(unusual),
                          rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange(' ', '~'))));
  };
  EXPECT_TRUE(rc::check([&] {
    AccessGraph graph;
    graph.organization = "acme";
    const auto users = *rc::gen::container<std::set<std::string>>(name());
    const auto teams = *rc::gen::container<std::set<std::string>>(name());
    graph.users.assign(users.begin(), users.end());
    graph.teams.assign(teams.begin(), teams.end());
    for (const std::string& user : graph.users) {
      graph.grants.push_back({OrganizationEntitlements("acme")[user.size() % 3], {ResourceType::kUser, user}});
      for (const std::string& team : graph.teams) {
        if (*rc::gen::arbitrary<bool>()) graph.grants.push_back({TeamEntitlement(team), {ResourceType::kUser, user}});
      }
    }
    // Baton's ids join names with ':', so that two grants can have one id; such a graph is refused, not misread.
    std::set<std::string> ids;
    for (const Grant& grant : graph.grants) ids.insert(grant.Id());
    const absl::Status written = WriteGraph(graph, OptionsFor(path));
    RC_ASSERT(written.ok() == (ids.size() == graph.grants.size()));
    if (written.ok()) RC_ASSERT(ReadLatestSync(path)->graph == graph);
  }));
}

TEST(C1zTest, HasAllTablesAndIndicesOfTheFormat) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(path)), IsOk());
  absl::StatusOr<Database> database = Database::FromImage(*UnpackDatabase(path, {}));
  ASSERT_THAT(database, IsOk());
  const auto names = [&](const std::string& type) {
    std::set<std::string> found;
    Statement rows =
        *database->Prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND type = '" + type + "'");
    while (*rows.Next()) found.emplace(rows.Text(0));
    return found;
  };
  EXPECT_THAT(names("table"), UnorderedElementsAre("v1_resource_types", "v1_resources", "v1_entitlements",
                                                   "v1_sync_runs", "v1_grants", "v1_assets", "v1_connector_sessions"));
  EXPECT_EQ(names("index").size(), 16u);
  Statement runs =
      *database->Prepare("SELECT sync_type, supports_diff, grants_backfilled, sync_token, stats FROM v1_sync_runs");
  ASSERT_THAT(runs.Next(), IsOkAndHolds(true));
  EXPECT_EQ(runs.Text(0), "full");
  EXPECT_EQ(runs.Number(1), 1);
  EXPECT_EQ(runs.Number(2), 1);
  EXPECT_EQ(runs.Text(3), R"({"completed_actions_count":17,"version":1})");
  EXPECT_TRUE(runs.IsNull(4));
  EXPECT_THAT(runs.Next(), IsOkAndHolds(false));
}

// The stand-alone `baton` 0.4 prints no list that holds an Any of a type it does not know.
TEST(C1zTest, HasNoAnnotationThatOldReadersDoNotKnow) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(path)), IsOk());
  const std::string image = *UnpackDatabase(path, {});
  std::set<std::string> types;
  const std::regex url("type\\.googleapis\\.com/(c1\\.connector\\.v2\\.[A-Za-z]+)");
  for (std::sregex_iterator match(image.begin(), image.end(), url), end; match != end; ++match)
    types.insert((*match)[1]);
  EXPECT_THAT(types, UnorderedElementsAre("c1.connector.v2.UserTrait", "c1.connector.v2.GroupTrait",
                                          "c1.connector.v2.ExternalLink", "c1.connector.v2.ChildResourceType",
                                          "c1.connector.v2.SkipEntitlementsAndGrants"));
}

TEST(C1zTest, AWriterThatDoesNotPublishLeavesTheOldFile) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(path)), IsOk());
  const std::string before = ReadBytes(path);
  {
    absl::StatusOr<std::unique_ptr<C1zWriter>> writer = C1zWriter::Create(OptionsFor(path));
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT((*writer)->AddOrganization("acme"), IsOk());
  }
  EXPECT_EQ(ReadBytes(path), before);
  EXPECT_THAT(folder.Names(), ElementsAre("sync.c1z"));
}

TEST(C1zTest, NewerAndForeignFilesAreNeverOverwritten) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  for (const auto& [bytes, message] :
       {std::pair{std::string("C1Z3\0xxxx", 9), "format v3"}, std::pair{std::string("my notes"), "not a .c1z"},
        std::pair{std::string("C1Z"), "not a .c1z"}}) {
    WriteBytes(path, bytes);
    EXPECT_THAT(WriteGraph(Sample(), OptionsFor(path)),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(message)));
    EXPECT_EQ(ReadBytes(path), bytes);
  }
  WriteBytes(path, "");
  EXPECT_THAT(WriteGraph(Sample(), OptionsFor(path)), IsOk());
}

TEST(C1zTest, AMissingFolderIsNamed) {
  const TempFolder folder;
  EXPECT_THAT(WriteGraph(Sample(), OptionsFor(folder.File("no/such/sync.c1z"))),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no/such/sync.c1z")));
}

TEST(C1zReaderTest, DamageIsNamedNeverRead) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(path)), IsOk());
  const std::string good = ReadBytes(path);
  for (std::size_t size = 0; size < good.size(); size += 97) {
    WriteBytes(path, good.substr(0, size));
    EXPECT_THAT(ReadLatestSync(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path))) << size;
  }
  for (std::size_t at = 5; at < good.size(); at += 13) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    WriteBytes(path, bad);
    // zstd has a few bits that mean nothing; its checksum sees all that do.
    const absl::StatusOr<FinishedSync> sync = ReadLatestSync(path);
    EXPECT_TRUE(!sync.ok() || sync->graph == Sample()) << at;
  }
  EXPECT_THAT(ReadLatestSync(folder.File("missing")), StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing")));
}

TEST(C1zReaderTest, KeepsItsLimit) {
  const TempFolder folder;
  ASSERT_THAT(WriteGraph(Sample(), OptionsFor(folder.File("a"))), IsOk());
  UnpackLimits limits;
  limits.database_bytes = 1000;
  EXPECT_THAT(ReadLatestSync(folder.File("a"), limits),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("1000")));
}

TEST(C1zTest, AFileThatNoReaderWouldTakeIsNotWritten) {
  const TempFolder folder;
  C1zOptions options = OptionsFor(folder.File("a"));
  ASSERT_THAT(WriteGraph(Sample(), options), IsOk());
  const std::string before = ReadBytes(options.path);
  options.database_bytes = UnpackDatabase(options.path, {})->size() - 1;
  EXPECT_THAT(WriteGraph(Sample(), options),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("--keep-sync-count, 2 now")));
  EXPECT_EQ(ReadBytes(options.path), before);
  EXPECT_THAT(folder.Names(), ElementsAre("a"));
}

TEST(ReplaceFileTest, AFailedWriteLeavesTheOldFile) {
  const TempFolder folder;
  const std::string path = folder.File("f");
  WriteBytes(path, "old");
  const absl::Status status = ReplaceFile(path, FileOps::Real(), [](File& file) -> absl::Status {
    RETURN_IF_ERROR(file.Write("ne"));
    return absl::InternalError("boom");
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal, HasSubstr("left as it was: boom")));
  EXPECT_EQ(ReadBytes(path), "old");
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
  EXPECT_THAT(ReplaceFile(path, FileOps::Real(), [](File& file) { return file.Write("new"); }), IsOk());
  EXPECT_EQ(ReadBytes(path), "new");
}

}  // namespace
}  // namespace connector
