// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/chassis.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "emulator/chassis/pair.h"
#include "sys/epoll_set.h"
#include "sys/wakeup.h"

namespace nobounce::emulator {
namespace {

constexpr std::uint64_t kWakeupKey = std::numeric_limits<std::uint64_t>::max();
// An idle NIC has its turn this often, for what falls due by the clock: the statistics reports.
constexpr std::chrono::seconds kIdleTurn{1};

class RunningChassis final : public Chassis {
 public:
  static Result<std::unique_ptr<Chassis>> open(const ChassisOptions& options);
  ~RunningChassis() override;

  [[nodiscard]] const std::vector<NicPort>& nics() const override { return nics_; }
  [[nodiscard]] std::vector<NicStatistics> statistics() const override;

 private:
  RunningChassis(sys::Epoll epoll, sys::Wakeup wakeup)
      : epoll_(std::move(epoll)), wakeup_(std::move(wakeup)) {}

  Status add_pair(const ChassisOptions& options, std::uint32_t number);
  void serve();
  bool take_events(std::chrono::nanoseconds timeout);
  void answer_statistics();
  [[nodiscard]] std::vector<NicStatistics> collect() const;

  sys::Epoll epoll_;
  sys::Wakeup wakeup_;
  std::vector<NicPort> nics_;
  std::vector<std::unique_ptr<Pair>> pairs_;  // the thread's own while it runs
  std::atomic<bool> stop_ = false;

  // Statistics are asked for, and filled in by the thread between two batches.
  mutable std::mutex statistics_mutex_;
  mutable std::condition_variable statistics_answered_;
  mutable std::atomic<std::uint64_t> statistics_asked_ = 0;
  std::uint64_t statistics_given_ = 0;
  bool is_serving_ = true;
  std::vector<NicStatistics> statistics_;

  std::thread thread_;  // last: it uses all of the above
};

Result<std::unique_ptr<Chassis>> RunningChassis::open(const ChassisOptions& options) {
  if (options.pairs < 1 || options.pairs > kMaxPairs) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "start the chassis",
                 .object = fmt::format("{} pairs", options.pairs),
                 .cause = "a chassis has a pair at least, and a place for each it has",
                 .fix = fmt::format("ask for 1 to {}", kMaxPairs)});
  }
  NB_ASSIGN(auto epoll, sys::Epoll::open());
  NB_ASSIGN(auto wakeup, sys::Wakeup::open());
  std::unique_ptr<RunningChassis> chassis(new RunningChassis(std::move(epoll), std::move(wakeup)));
  NB_TRY(chassis->epoll_.add(chassis->wakeup_.fd(), sys::Epoll::Interest::kRead, kWakeupKey));
  for (std::uint32_t number = 0; number < options.pairs; ++number) {
    NB_TRY(chassis->add_pair(options, number));
  }
  chassis->thread_ = std::thread([&chassis = *chassis] { chassis.serve(); });
  return chassis;
}

RunningChassis::~RunningChassis() {
  stop_ = true;
  wakeup_.signal();
  if (thread_.joinable()) thread_.join();
}

std::vector<NicStatistics> RunningChassis::statistics() const {
  const std::uint64_t ticket = ++statistics_asked_;
  wakeup_.signal();
  std::unique_lock lock(statistics_mutex_);
  statistics_answered_.wait(lock, [&] { return statistics_given_ >= ticket || !is_serving_; });
  return statistics_;
}

Status RunningChassis::add_pair(const ChassisOptions& options, std::uint32_t number) {
  NB_ASSIGN(auto pair, Pair::open(options, number));
  NB_TRY(pair->register_with(epoll_, std::uint64_t{number} * 2));
  for (std::uint32_t side = 0; side < 2; ++side) {
    nics_.push_back({.socket = socket_of(options.socket_directory, number, side),
                     .mac = to_string(mac_of(number, side))});
  }
  pairs_.push_back(std::move(pair));
  return {};
}

void RunningChassis::serve() {
  bool work_left = false;
  while (!stop_ && take_events(work_left ? std::chrono::nanoseconds(0) : kIdleTurn)) {
    work_left = false;
    for (auto& pair : pairs_)
      work_left |= pair->run();
    answer_statistics();
  }
  const std::lock_guard lock(statistics_mutex_);
  statistics_ = collect();
  is_serving_ = false;
  statistics_answered_.notify_all();
}

// False where nothing can be waited for any more.
bool RunningChassis::take_events(std::chrono::nanoseconds timeout) {
  std::array<sys::Epoll::Event, sys::Epoll::kMaxEvents> buffer;
  const auto events = epoll_.wait(buffer, timeout);
  if (!events) {
    spdlog::error("{}", to_string(events.error()));
    return false;
  }
  for (const auto& event : *events) {
    if (event.key == kWakeupKey) {
      wakeup_.clear();
    } else {
      pairs_[event.key / 2]->on_ready(static_cast<std::uint32_t>(event.key % 2));
    }
  }
  return true;
}

void RunningChassis::answer_statistics() {
  const std::uint64_t asked = statistics_asked_;
  if (asked == statistics_given_) return;
  const std::lock_guard lock(statistics_mutex_);
  statistics_ = collect();
  statistics_given_ = asked;
  statistics_answered_.notify_all();
}

std::vector<NicStatistics> RunningChassis::collect() const {
  std::vector<NicStatistics> all;
  all.reserve(nics_.size());
  for (const auto& pair : pairs_) {
    for (std::uint32_t side = 0; side < 2; ++side)
      all.push_back(pair->statistics(side));
  }
  return all;
}

}  // namespace

Result<std::unique_ptr<Chassis>> Chassis::start(const ChassisOptions& options) {
  return RunningChassis::open(options);
}

}  // namespace nobounce::emulator
