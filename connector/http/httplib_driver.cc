#include "connector/http/httplib_driver.h"

#include <absl/time/clock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace connector {
namespace {

struct Job {
  Ticket ticket = 0;
  HttpRequest request;
  Instant deadline;
};

}  // namespace

class HttplibDriver::Impl {
 public:
  Impl(ConnectionOptions options, std::size_t connections)
      : options_(std::move(options)), cancel_fd_(::eventfd(0, EFD_CLOEXEC)) {
    workers_.reserve(connections);
    for (std::size_t i = 0; i < connections; ++i) workers_.emplace_back([this] { Work(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(cancel_fd_, &one, sizeof(one));
    job_ready_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    ::close(cancel_fd_);
  }

  Instant Now() const { return Instant(absl::FromChrono(std::chrono::steady_clock::now() - start_)); }

  void Submit(Job job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    job_ready_.notify_one();
  }

  std::optional<Completion> Wait(Instant until) {
    std::unique_lock lock(mutex_);
    // A condition variable cannot wait for infinity.
    constexpr absl::Duration kLongestWait = absl::Hours(24);
    const auto wake = start_ + absl::ToChronoNanoseconds(std::min(until, Now() + kLongestWait).since_start());
    if (!done_ready_.wait_until(lock, wake, [this] { return !done_.empty() || stop_requested_; })) return std::nullopt;
    if (done_.empty()) return std::nullopt;
    Completion completion = std::move(done_.front());
    done_.pop_front();
    return completion;
  }

  bool StopRequested() const { return stop_requested_; }

  void RequestStop() {
    {
      const std::lock_guard lock(mutex_);
      stop_requested_ = true;
    }
    done_ready_.notify_all();
  }

 private:
  void Work() {
    const std::unique_ptr<HttplibClient> client = HttplibClient::Make(options_, cancel_fd_);
    while (std::optional<Job> job = NextJob()) {
      const std::function<absl::Duration()> time_left = [&] { return job->deadline - Now(); };
      Completion completion{job->ticket, {}};
      if (time_left() <= absl::ZeroDuration()) {
        completion.result = TransportFailure{TransportError::kTimeout, "the deadline passed before it was sent"};
      } else {
        completion.result = client->Perform(job->request, time_left);
      }
      {
        const std::lock_guard lock(mutex_);
        done_.push_back(std::move(completion));
      }
      done_ready_.notify_one();
    }
  }

  std::optional<Job> NextJob() {
    std::unique_lock lock(mutex_);
    job_ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  const ConnectionOptions options_;
  const int cancel_fd_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable job_ready_;
  std::condition_variable done_ready_;
  std::deque<Job> jobs_;
  std::deque<Completion> done_;
  bool stopping_ = false;
  std::atomic<bool> stop_requested_ = false;
  std::vector<std::thread> workers_;
};

HttplibDriver::HttplibDriver(ConnectionOptions options, std::size_t connections)
    : impl_(std::make_unique<Impl>(std::move(options), std::max<std::size_t>(connections, 1))) {}
HttplibDriver::~HttplibDriver() = default;

Instant HttplibDriver::Now() const { return impl_->Now(); }
absl::Time HttplibDriver::WallNow() const { return absl::Now(); }
void HttplibDriver::Submit(Ticket ticket, HttpRequest request, Instant deadline) {
  impl_->Submit(Job{ticket, std::move(request), deadline});
}
std::optional<Completion> HttplibDriver::Wait(Instant until) { return impl_->Wait(until); }
bool HttplibDriver::StopRequested() const { return impl_->StopRequested(); }
void HttplibDriver::RequestStop() { impl_->RequestStop(); }

}  // namespace connector
