#include <fcntl.h>
#include <gtest/gtest.h>

#include "connector/store/c1z_reader.h"
#include "connector/store/c1z_writer.h"
#include "connector/store/files.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace connector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_util::IsOk;
using testing_util::ReadBytes;
using testing_util::StatusIs;
using testing_util::TempFolder;
using testing_util::WriteBytes;

const absl::Time kStart = absl::FromUnixSeconds(1767225600);

absl::Status SyncUser(const std::string& path, const std::string& user, absl::Time start, std::size_t keep = 2,
                      const std::string& organization = "acme") {
  C1zOptions options;
  options.path = path;
  options.started_at = start;
  options.keep_syncs = keep;
  ASSIGN_OR_RETURN(const std::unique_ptr<C1zWriter> writer, C1zWriter::Create(options));
  RETURN_IF_ERROR(writer->AddOrganization(organization));
  RETURN_IF_ERROR(writer->AddUser(user));
  RETURN_IF_ERROR(writer->AddGrant(OrganizationEntitlements(organization)[2], user));
  return writer->Publish(start + absl::Seconds(1));
}

std::vector<std::string> UsersOf(const std::string& path) {
  absl::StatusOr<C1zFile> file = C1zFile::Open(path);
  EXPECT_THAT(file, IsOk());
  std::vector<std::string> users;
  for (std::size_t i = 0; i < file->runs().size(); ++i) {
    const absl::StatusOr<FinishedSync> sync = file->Read(i);
    EXPECT_THAT(sync, IsOk());
    users.push_back(sync->graph.users.at(0));
  }
  return users;
}

// Packs a database made by `sql`.
void WriteDatabase(const TempFolder& folder, const std::string& path, const std::string& sql) {
  Database database = *Database::Open(folder.File("db"));
  ASSERT_THAT(database.Execute(sql), IsOk());
  ASSERT_THAT(database.Close(), IsOk());
  ASSERT_THAT(ReplaceFile(path, FileOps::Real(),
                          [&](File& out) { return PackDatabase(folder.File("db"), out, [] { return false; }); }),
              IsOk());
  FileOps::Real().Unlink(folder.File("db"));
}

TEST(HistoryTest, TheTwoNewestSyncsAreKept) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  for (int i = 0; i < 4; ++i)
    ASSERT_THAT(SyncUser(path, fmt::format("user{}", i), kStart + i * absl::Hours(1)), IsOk());
  EXPECT_THAT(UsersOf(path), ElementsAre("user3", "user2"));
  ASSERT_THAT(SyncUser(path, "user4", kStart + absl::Hours(4), /*keep=*/3), IsOk());
  EXPECT_THAT(UsersOf(path), ElementsAre("user4", "user3", "user2"));
  ASSERT_THAT(SyncUser(path, "user5", kStart + absl::Hours(5), /*keep=*/1), IsOk());
  EXPECT_THAT(UsersOf(path), ElementsAre("user5"));
}

TEST(HistoryTest, AFileIsAboutOneOrganization) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(SyncUser(path, "u", kStart), IsOk());
  const std::string before = ReadBytes(path);
  EXPECT_THAT(SyncUser(path, "u", kStart + absl::Hours(1), 2, "other"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("organization:acme, not organization:other")));
  EXPECT_EQ(ReadBytes(path), before);
}

TEST(HistoryTest, OldSyncsLeaveNothingBehind) {
  const TempFolder folder;
  for (int i = 0; i < 5; ++i)
    ASSERT_THAT(SyncUser(folder.File("many"), "user", kStart + i * absl::Hours(1), 1), IsOk());
  ASSERT_THAT(SyncUser(folder.File("once"), "user", kStart), IsOk());
  EXPECT_EQ(UnpackDatabase(folder.File("many"), {})->size(), UnpackDatabase(folder.File("once"), {})->size());
}

TEST(HistoryTest, AClockThatWasSetBackDoesNotHideTheNewestSync) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(SyncUser(path, "first", kStart), IsOk());
  ASSERT_THAT(SyncUser(path, "second", kStart - absl::Hours(24)), IsOk());
  ASSERT_THAT(SyncUser(path, "third", kStart - absl::Hours(48)), IsOk());
  EXPECT_THAT(UsersOf(path), ElementsAre("third", "second"));
  EXPECT_EQ(ReadLatestSync(path)->run.ended_at, "2026-01-01 00:00:01.000002");
}

TEST(HistoryTest, TheSameClockAndSeedGiveAnotherSync) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(SyncUser(path, "first", kStart), IsOk());
  ASSERT_THAT(SyncUser(path, "second", kStart), IsOk());
  EXPECT_THAT(UsersOf(path), ElementsAre("second", "first"));
}

// As baton-sdk before 0.7.22 wrote it, in WAL mode, with a resource type of its own.
constexpr const char* kOldSchema = R"sql(
  PRAGMA journal_mode = WAL;
  CREATE TABLE v1_resource_types (id integer primary key, external_id text not null, data blob not null, sync_id text not null, discovered_at datetime not null);
  CREATE TABLE v1_resources (id integer primary key, resource_type_id text not null, external_id text not null,
    parent_resource_type_id text, parent_resource_id text, data blob not null, sync_id text not null, discovered_at datetime not null);
  CREATE TABLE v1_entitlements (id integer primary key, resource_type_id text not null, resource_id text not null,
    external_id text not null, data blob not null, sync_id text not null, discovered_at datetime not null);
  CREATE TABLE v1_grants (id integer primary key, resource_type_id text not null, resource_id text not null, entitlement_id text not null,
    principal_resource_type_id text not null, principal_resource_id text not null, external_id text not null,
    data blob not null, sync_id text not null, discovered_at datetime not null);
  CREATE INDEX idx_grants_principal_id_v1 ON v1_grants (principal_resource_type_id, principal_resource_id);
  CREATE TABLE v1_sync_runs (id integer primary key, sync_id text not null, started_at datetime not null, ended_at datetime,
    sync_token text not null, sync_type text not null default 'full', parent_sync_id text not null default '');
  INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token) VALUES
    ('old', '2025-01-01 00:00:00', '2025-01-01 00:01:00', '{}'), ('unfinished', '2025-01-02 00:00:00', NULL, '');
  INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) VALUES
    ('partial', '2024-01-01 00:00:00', '2024-01-01 00:01:00', '{}', 'partial');
  INSERT INTO v1_resources (resource_type_id, external_id, data, sync_id, discovered_at) VALUES
    ('group', 'group:1', x'0A', 'old', '2025-01-01'), ('group', 'group:2', x'0A', 'partial', '2024-01-01');
)sql";

TEST(HistoryTest, AFileOfAnOlderWriterIsUpgradedAndKeepsItsRuns) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  WriteDatabase(folder, path, kOldSchema);
  ASSERT_THAT(SyncUser(path, "new", kStart), IsOk());
  absl::StatusOr<C1zFile> file = C1zFile::Open(path);
  ASSERT_THAT(file, IsOk());
  std::vector<std::string> runs;
  for (const SyncRun& run : file->runs()) runs.push_back(run.id.size() == 27 ? "ours" : run.id);
  // The partial run is older than all that are kept; unfinished ones are somebody's to continue.
  EXPECT_THAT(runs, ElementsAre("ours", "old", "unfinished"));
  EXPECT_EQ(file->Read(0)->graph.users.at(0), "new");
  absl::StatusOr<Database> database = Database::FromImage(*UnpackDatabase(path, {}));
  Statement rows =
      *database->Prepare("SELECT count(*), max(external_id) FROM v1_resources WHERE resource_type_id = 'group'");
  ASSERT_TRUE(*rows.Next());
  EXPECT_EQ(rows.Number(0), 1);
  EXPECT_EQ(rows.Text(1), "group:1");
}

TEST(HistoryTest, ADamagedFileIsNotAddedTo) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(SyncUser(path, "first", kStart), IsOk());
  const std::string cut = ReadBytes(path).substr(0, 500);
  WriteBytes(path, cut);
  EXPECT_THAT(SyncUser(path, "second", kStart), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("move it away")));
  EXPECT_EQ(ReadBytes(path), cut);
  EXPECT_THAT(folder.Names(), ElementsAre("sync.c1z"));
}

// What the reader refuses in a database that is whole.
TEST(ReaderTest, RecordsThatDoNotFitAreNamed) {
  struct Case {
    const char* sql;
    const char* problem;
  };
  const Case cases[] = {
      {"UPDATE v1_grants SET entitlement_id = 'x'", "refers to x, which is missing"},
      {"DELETE FROM v1_resources WHERE external_id = 'user:u'", "refers to user:u, which is missing"},
      {"DELETE FROM v1_resources WHERE resource_type_id = 'organization'",
       "refers to organization:acme, which is missing"},
      {"UPDATE v1_grants SET external_id = 'x'", "columns differ"},
      {"UPDATE v1_resources SET data = x'FFFF'", "does not decode"},
      {"UPDATE v1_resources SET data = x'1A01FF' WHERE external_id = 'user:u'", "does not decode"},
      {"UPDATE v1_sync_runs SET stats = '{\"grants\":2}'", "stats say 2 grants, but it holds 1"},
      {"UPDATE v1_sync_runs SET stats = 'x'", "not a JSON object"},
      {"UPDATE v1_sync_runs SET ended_at = NULL", "no finished full sync"},
      {"DROP TABLE v1_grants", "no such table"},
      {"DROP TABLE v1_sync_runs; CREATE VIEW v1_sync_runs AS SELECT 1 AS sync_id", "SQLite"},
  };
  for (const Case& c : cases) {
    const TempFolder folder;
    const std::string path = folder.File("sync.c1z");
    ASSERT_THAT(SyncUser(path, "u", kStart), IsOk());
    WriteBytes(folder.File("db"), *UnpackDatabase(path, {}));
    WriteDatabase(folder, path, c.sql);
    const absl::Status status = ReadLatestSync(path).status();
    EXPECT_FALSE(status.ok()) << c.sql;
    EXPECT_THAT(std::string(Message(status)), HasSubstr(c.problem)) << c.sql;
    EXPECT_THAT(std::string(Message(status)), HasSubstr(path)) << c.sql;
  }
}

TEST(ReaderTest, RightStatsAreAccepted) {
  const TempFolder folder;
  const std::string path = folder.File("sync.c1z");
  ASSERT_THAT(SyncUser(path, "u", kStart), IsOk());
  WriteBytes(folder.File("db"), *UnpackDatabase(path, {}));
  WriteDatabase(folder, path, "UPDATE v1_sync_runs SET stats = '{\"grants\":1,\"resources\":2,\"entitlements\":3}'");
  EXPECT_THAT(ReadLatestSync(path), IsOk());
}

}  // namespace
}  // namespace connector
