// One thread a connection, because httplib serves a connection on one thread for as long as it is open: a fixed pool
// would let the connections beyond its size starve.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "connector/http/httplib_guard.h"

namespace mock_registry {

// Grows while all its threads are busy, to `most`; beyond that, work waits.
class GrowingThreadPool final : public httplib::TaskQueue {
 public:
  explicit GrowingThreadPool(std::size_t most) : most_(most) {}

  void enqueue(std::function<void()> work) override;
  // Finishes what is queued and joins.
  void shutdown() override;

 private:
  void Run();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace mock_registry
