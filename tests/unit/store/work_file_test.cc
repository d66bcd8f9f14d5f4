#include "connector/store/work_file.h"

#include <gtest/gtest.h>

#include "tests/testing/faulty_file_ops.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace connector {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_util::IsOk;
using testing_util::ReadBytes;
using testing_util::StatusIs;
using testing_util::TempFolder;
using testing_util::WriteBytes;

const WorkHeader kHeader{"acme https://x", absl::FromUnixNanos(1767225600123456789), 0xFEDCBA9876543210u};

HttpResponse Answer(const std::string& body) { return {200, {{"Link", "<x>"}, {"a", ""}}, body}; }

absl::StatusOr<WorkFile> Open(const TempFolder& folder, FileOps& ops = FileOps::Real()) {
  return WorkFile::Open(folder.File("w"), 4711, ops);
}

void WriteTwoAnswers(const TempFolder& folder) {
  absl::StatusOr<WorkFile> work = Open(folder);
  ASSERT_THAT(work, IsOk());
  ASSERT_THAT(work->Begin(kHeader), IsOk());
  ASSERT_THAT(work->Append("GET /a", Answer("one")), IsOk());
  ASSERT_THAT(work->Append("GET /b", Answer(std::string("two\0", 4))), IsOk());
}

TEST(WorkFileTest, RemembersHeaderAndAnswers) {
  const TempFolder folder;
  EXPECT_FALSE(Open(folder)->header().has_value());
  WriteTwoAnswers(folder);
  absl::StatusOr<WorkFile> work = Open(folder);
  ASSERT_TRUE(work->header().has_value());
  EXPECT_EQ(work->header()->fingerprint, kHeader.fingerprint);
  EXPECT_EQ(work->header()->started_at, kHeader.started_at);
  EXPECT_EQ(work->header()->seed, kHeader.seed);
  EXPECT_EQ(work->answers(), 2u);
  const absl::StatusOr<std::optional<HttpResponse>> b = work->Take("GET /b");
  ASSERT_TRUE(b.ok() && b->has_value());
  EXPECT_EQ((*b)->status, 200);
  EXPECT_EQ((*b)->body, std::string("two\0", 4));
  EXPECT_EQ((*b)->headers, Answer("").headers);
  EXPECT_FALSE(work->Take("GET /b")->has_value()) << "each answer once";
  EXPECT_FALSE(work->Take("GET /c")->has_value());
}

TEST(WorkFileTest, AnAnswerAfterReadingBackIsAddedAtTheEnd) {
  const TempFolder folder;
  WriteTwoAnswers(folder);
  {
    absl::StatusOr<WorkFile> work = Open(folder);
    ASSERT_TRUE(work->Take("GET /a")->has_value());
    ASSERT_THAT(work->Append("GET /a", Answer("newer")), IsOk());
  }
  EXPECT_EQ((*Open(folder)->Take("GET /a"))->body, "newer");
  EXPECT_EQ((*Open(folder)->Take("GET /b"))->body.size(), 4u);
}

TEST(WorkFileTest, BeginForgets) {
  const TempFolder folder;
  WriteTwoAnswers(folder);
  absl::StatusOr<WorkFile> work = Open(folder);
  ASSERT_THAT(work->Begin(kHeader), IsOk());
  EXPECT_EQ(work->answers(), 0u);
  EXPECT_FALSE(work->Take("GET /a")->has_value());
}

// A kill cuts the file anywhere: what is whole before the cut counts, and nothing else.
TEST(WorkFileTest, ACutLosesOnlyWhatItCuts) {
  const TempFolder folder;
  WriteTwoAnswers(folder);
  const std::string whole = ReadBytes(folder.File("w"));
  std::size_t most = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    WriteBytes(folder.File("w"), whole.substr(0, size));
    absl::StatusOr<WorkFile> work = Open(folder);
    ASSERT_THAT(work, IsOk()) << size;
    ASSERT_GE(work->answers(), most) << size;
    most = work->answers();
    if (!work->header()) continue;
    ASSERT_THAT(work->Append("GET /c", Answer("three")), IsOk());
    EXPECT_EQ((*WorkFile(*std::move(work)).Take("GET /a")).has_value(), most >= 1) << size;
  }
  EXPECT_EQ(most, 2u);
}

TEST(WorkFileTest, DamageIsNoticed) {
  const TempFolder folder;
  WriteTwoAnswers(folder);
  const std::string whole = ReadBytes(folder.File("w"));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    WriteBytes(folder.File("w"), bad);
    absl::StatusOr<WorkFile> work = Open(folder);
    ASSERT_THAT(work, IsOk());
    EXPECT_LT(work->answers(), 2u) << at;
  }
}

TEST(WorkFileTest, TheSecondOneIsToldWhoHasIt) {
  const TempFolder folder;
  {
    absl::StatusOr<WorkFile> first = Open(folder);
    ASSERT_THAT(first->Begin(kHeader), IsOk());
    EXPECT_THAT(WorkFile::Open(folder.File("w"), 4712, FileOps::Real()),
                StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("process 4711"), HasSubstr("--file"))));
  }
  EXPECT_THAT(Open(folder), IsOk()) << "a lock ends with its holder";
}

TEST(WorkFileTest, RemoveLeavesNothing) {
  const TempFolder folder;
  absl::StatusOr<WorkFile> work = Open(folder);
  ASSERT_THAT(work->Remove(), IsOk());
  EXPECT_TRUE(folder.Names().empty());
  EXPECT_THAT(Open(folder), IsOk());
}

TEST(WorkFileTest, AFailedAppendDoesNotHideLaterOnes) {
  const TempFolder folder;
  // Open, truncate, header, holder, the first answer's first half.
  testing_util::FaultyFileOps ops(4, testing_util::Fault::kError);
  {
    absl::StatusOr<WorkFile> work = Open(folder, ops);
    ASSERT_THAT(work->Begin(kHeader), IsOk());
    EXPECT_THAT(work->Append("GET /a", Answer("one")),
                StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("write")));
    EXPECT_TRUE(ops.fired());
    ASSERT_THAT(work->Append("GET /b", Answer("two")), IsOk());
  }
  absl::StatusOr<WorkFile> work = Open(folder);
  EXPECT_FALSE(work->Take("GET /a")->has_value());
  EXPECT_TRUE(work->Take("GET /b")->has_value());
}

}  // namespace
}  // namespace connector
