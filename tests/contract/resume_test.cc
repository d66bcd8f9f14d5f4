// A run that is killed, stopped or fails at any step: the old file stays, the next run continues, and the result is the
// same.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "tests/testing/faulty_file_ops.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/sync_runner.h"
#include "tests/testing/temp_folder.h"

namespace {

using connector::HttpRequest;
using connector::Instant;
using mock_registry::Handler;
using mock_registry::Registry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_util::Fault;
using testing_util::FaultyFileOps;
using testing_util::IsOk;
using testing_util::ReadBytes;
using testing_util::StatusIs;
using testing_util::SyncRun;
using testing_util::TempFolder;
using testing_util::WriteBytes;

constexpr const char* kScenario = R"({ "version": 1,
  "orgs": { "acme": {
    "members": { "zed": "developer", "ann": "owner", "bob": "admin", "cat": "developer" },
    "teams": { "developers": "all", "a": ["zed"], "b": ["ann", "bob"], "c": [], "d": ["cat"], "e": ["cat", "zed"] } } } })";

class ResumeTest : public ::testing::Test {
 protected:
  ResumeTest() {
    // What an uninterrupted run gives, on an empty folder and on one with an earlier sync.
    Registry registry = MakeRegistry();
    EXPECT_THAT(RunSync(Run("first"), CountingHandler(registry)), IsOk());
    requests_ = std::exchange(asked_, 0);
    SyncRun again = Run("second");
    again.seed = 2;
    WriteBytes(again.file, ReadBytes(folder_.File("first")));
    EXPECT_THAT(RunSync(again, testing_util::HandlerOf(registry)), IsOk());
  }

  static Registry MakeRegistry() { return Registry(*mock_registry::ParseScenario(kScenario, "test")); }

  // With no latency the clock stands still, so equal runs give equal bytes.
  SyncRun Run(const std::string& name) const {
    SyncRun run;
    run.file = folder_.File(name);
    run.latency = absl::ZeroDuration();
    return run;
  }

  // A run into a file that has a sync already, like that of "second".
  SyncRun SecondRun() const {
    SyncRun run = Run("sync.c1z");
    run.seed = 2;
    return run;
  }

  void PrepareFile() const {
    for (const std::string& name : folder_.Names()) {
      if (name.starts_with("sync.c1z")) std::filesystem::remove(folder_.File(name));
    }
    WriteBytes(folder_.File("sync.c1z"), ReadBytes(folder_.File("first")));
  }

  Handler CountingHandler(Registry& registry) {
    return [this, &registry](const HttpRequest& request, Instant now) {
      ++asked_;
      return registry.Handle(request, now);
    };
  }

  // Runs in a process of its own, which ends without any clean-up where `run` or `handler` say so. True if it was
  // killed.
  static bool RunInDoomedProcess(const SyncRun& run, const Handler& handler) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(RunSync(run, handler).ok() ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    EXPECT_NE(WEXITSTATUS(status), 1) << "the run failed before it was killed";
    return WEXITSTATUS(status) == FaultyFileOps::kKilled;
  }

  // Continues. Gives the number of requests that took. Where the killed run had begun its work file, the seed does not
  // matter.
  int Finish(std::uint64_t seed = 999) {
    Registry registry = MakeRegistry();
    asked_ = 0;
    SyncRun run = SecondRun();
    run.seed = seed;
    EXPECT_THAT(RunSync(run, CountingHandler(registry)), IsOk());
    return asked_;
  }

  bool IsOldFile() const { return ReadBytes(folder_.File("sync.c1z")) == ReadBytes(folder_.File("first")); }
  bool IsNewFile() const { return ReadBytes(folder_.File("sync.c1z")) == ReadBytes(folder_.File("second")); }

  TempFolder folder_;
  int asked_ = 0;
  int requests_ = 0;
};

TEST_F(ResumeTest, KilledAtEveryCompletionItContinuesAndEndsByteIdentical) {
  ASSERT_EQ(requests_, 9);
  for (int last = 0; last < requests_; ++last) {
    PrepareFile();
    Registry registry = MakeRegistry();
    int answered = 0;
    const Handler doomed = [&](const HttpRequest& request, Instant now) {
      if (answered++ == last) ::_exit(FaultyFileOps::kKilled);
      return registry.Handle(request, now);
    };
    ASSERT_TRUE(RunInDoomedProcess(SecondRun(), doomed)) << last;
    EXPECT_TRUE(IsOldFile()) << last;
    // The team requests are all asked for before the first of them completes, so those answers die with the process.
    EXPECT_EQ(Finish(), requests_ - std::min(last, 3)) << last;
    EXPECT_TRUE(IsNewFile()) << last;
    EXPECT_THAT(folder_.Names(), ElementsAre("first", "second", "sync.c1z")) << last;
  }
}

TEST_F(ResumeTest, KilledAtAnyPageItGoesOnFromThere) {
  for (const char* style : {"page", "offset", "cursor", "link", "urls"}) {
    const auto scenario = mock_registry::ParseScenario(
        fmt::format(R"({{ "pagination": {{ "default": {{ "style": "{}", "size": 2 }} }}, {})", style, kScenario + 1),
        "test");
    ASSERT_THAT(scenario, IsOk());
    const auto count = [&] {
      Registry registry(*scenario);
      asked_ = 0;
      EXPECT_THAT(RunSync(SecondRun(), CountingHandler(registry)), IsOk());
      return asked_;
    };
    PrepareFile();
    const int requests = count();
    EXPECT_TRUE(IsNewFile()) << style;
    EXPECT_GT(requests, requests_);
    for (int last = 0; last < requests; ++last) {
      PrepareFile();
      Registry registry(*scenario);
      int answered = 0;
      const Handler doomed = [&](const HttpRequest& request, Instant now) {
        if (answered++ == last) ::_exit(FaultyFileOps::kKilled);
        return registry.Handle(request, now);
      };
      ASSERT_TRUE(RunInDoomedProcess(SecondRun(), doomed)) << style << last;
      EXPECT_TRUE(IsOldFile());
      // What was in flight dies with the process.
      EXPECT_LE(count(), requests - std::min(last, 5)) << style << last;
      EXPECT_TRUE(IsNewFile()) << style << last;
    }
  }
}

TEST_F(ResumeTest, KilledAtEveryFileOperationItContinuesAndEndsByteIdentical) {
  Registry registry = MakeRegistry();
  bool saw_new_file = false;
  for (int at = 0;; ++at) {
    PrepareFile();
    FaultyFileOps ops(at, Fault::kKill);
    SyncRun run = SecondRun();
    run.file_ops = &ops;
    if (!RunInDoomedProcess(run, testing_util::HandlerOf(registry))) {
      EXPECT_GT(at, 15) << "fewer file operations than a sync has";
      break;
    }
    const bool published = IsNewFile();
    EXPECT_TRUE(published || IsOldFile()) << at;
    saw_new_file |= published;
    if (published) continue;  // what is left is to remove the work file, and then a new sync begins
    Finish(run.seed);
    EXPECT_TRUE(IsNewFile()) << at;
    EXPECT_THAT(folder_.Names(), ElementsAre("first", "second", "sync.c1z")) << at;
  }
  EXPECT_TRUE(saw_new_file);
}

TEST_F(ResumeTest, AFailureAtEveryFileOperationLeavesTheOldFileOrTheNewOneAndSaysWhich) {
  for (const Fault fault : {Fault::kError, Fault::kShortWrite}) {
    for (const int error : {ENOSPC, EIO, EROFS}) {
      for (int at = 0;; ++at) {
        PrepareFile();
        FaultyFileOps ops(at, fault, error);
        SyncRun run = SecondRun();
        run.file_ops = &ops;
        Registry registry = MakeRegistry();
        const absl::Status status = RunSync(run, testing_util::HandlerOf(registry));
        if (!ops.fired()) {
          EXPECT_THAT(status, IsOk());
          break;
        }
        const std::string message(connector::Message(status));
        const bool replaced = IsNewFile();
        EXPECT_TRUE(replaced || IsOldFile()) << at << ": " << message;
        const bool says_new = message.find("is the new file") != message.npos;
        const bool says_old = message.find("was left as it was") != message.npos;
        EXPECT_TRUE(replaced || !status.ok()) << at;
        EXPECT_TRUE(replaced || !says_new) << message;
        EXPECT_TRUE(!replaced || !says_old) << message;
        if (replaced) continue;
        Finish(run.seed);
        EXPECT_TRUE(IsNewFile()) << at << ": " << message;
      }
    }
  }
}

TEST_F(ResumeTest, StoppedOnRequestItSavesAndContinues) {
  for (const int milliseconds : {1, 2, 3}) {
    PrepareFile();
    SyncRun run = SecondRun();
    run.latency = absl::Milliseconds(1);
    run.stop_at = Instant(absl::Milliseconds(milliseconds));
    Registry registry = MakeRegistry();
    EXPECT_THAT(RunSync(run, testing_util::HandlerOf(registry)),
                StatusIs(absl::StatusCode::kCancelled, HasSubstr("Progress is saved")));
    EXPECT_TRUE(IsOldFile());
    Finish();
    EXPECT_TRUE(IsNewFile()) << milliseconds;
  }
}

TEST_F(ResumeTest, WithoutAnAnswerThereIsNoProgressToSave) {
  PrepareFile();
  SyncRun run = SecondRun();
  run.stop_at = Instant();
  Registry registry = MakeRegistry();
  EXPECT_THAT(RunSync(run, testing_util::HandlerOf(registry)),
              StatusIs(absl::StatusCode::kCancelled, "stopped on request"));
  EXPECT_THAT(folder_.Names(), ElementsAre("first", "second", "sync.c1z"));
}

class InterruptedTest : public ResumeTest {
 protected:
  InterruptedTest() {
    PrepareFile();
    EXPECT_THAT(Interrupted(503), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("Progress is saved")));
    EXPECT_TRUE(std::filesystem::exists(folder_.File("sync.c1z.work")));
  }

  // A run in which team "e" cannot be had.
  absl::Status Interrupted(int code) {
    Registry registry = MakeRegistry();
    return RunSync(SecondRun(), [&](const HttpRequest& request, Instant now) {
      mock_registry::Reply reply = registry.Handle(request, now);
      if (request.target.starts_with("/-/team/acme/e/")) reply.response.status = code;
      return reply;
    });
  }

  int RequestsOf(const SyncRun& run, absl::Status* status = nullptr) {
    Registry registry = MakeRegistry();
    asked_ = 0;
    const absl::Status result = RunSync(run, CountingHandler(registry));
    if (status != nullptr) *status = result;
    return asked_;
  }
};

TEST_F(InterruptedTest, OnlyWhatIsMissingIsAskedFor) {
  EXPECT_EQ(Finish(), 1);
  EXPECT_TRUE(IsNewFile());
}

TEST_F(InterruptedTest, FreshStartsOver) {
  SyncRun run = SecondRun();
  run.fresh = true;
  EXPECT_EQ(RequestsOf(run), requests_);
}

TEST_F(InterruptedTest, AnotherTokenStartsOver) {
  SyncRun run = SecondRun();
  run.token = "npm_other";
  absl::Status status;
  EXPECT_EQ(RequestsOf(run, &status), 1);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("401")));
}

TEST_F(InterruptedTest, AnotherOrganizationStartsOver) {
  SyncRun run = SecondRun();
  run.org = "other";
  EXPECT_EQ(RequestsOf(run), 1);
}

TEST_F(InterruptedTest, OldProgressStartsOver) {
  SyncRun run = SecondRun();
  run.start = absl::FromUnixSeconds(1767225600) + absl::Hours(2);
  EXPECT_EQ(RequestsOf(run), requests_);
  run.start -= absl::Hours(24);
  EXPECT_THAT(Interrupted(503), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("saved")));
  EXPECT_EQ(RequestsOf(run), requests_) << "a clock that was set back";
}

TEST_F(InterruptedTest, TheTokenIsNotInTheWorkFile) {
  const std::string work = ReadBytes(folder_.File("sync.c1z.work"));
  EXPECT_NE(work.find("developers"), std::string::npos);
  EXPECT_EQ(work.find("mockmock"), std::string::npos);
}

TEST_F(InterruptedTest, ARefusalThrowsProgressAway) {
  EXPECT_THAT(Interrupted(403), StatusIs(absl::StatusCode::kPermissionDenied, ::testing::Not(HasSubstr("saved"))));
  EXPECT_FALSE(std::filesystem::exists(folder_.File("sync.c1z.work")));
  EXPECT_TRUE(IsOldFile());
}

// An answer that is stored and does not decode must not be offered again and again.
TEST_F(ResumeTest, AnUndecodableStoredAnswerIsAskedForAgain) {
  PrepareFile();
  Registry registry = MakeRegistry();
  const Handler doomed = [&](const HttpRequest& request, Instant now) {
    mock_registry::Reply reply = registry.Handle(request, now);
    if (request.target.starts_with("/-/org/acme/user")) {
      reply.response.body = "{\"ann\":";
      if (asked_++ > 0) ::_exit(FaultyFileOps::kKilled);
    }
    return reply;
  };
  ASSERT_TRUE(RunInDoomedProcess(SecondRun(), doomed));
  EXPECT_EQ(Finish(), requests_ - 1);
  // The retry waited, so the clock is another.
  EXPECT_EQ(connector::ReadLatestSync(folder_.File("sync.c1z"))->graph,
            connector::ReadLatestSync(folder_.File("second"))->graph);
}

}  // namespace
