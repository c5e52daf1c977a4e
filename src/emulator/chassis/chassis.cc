// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/chassis.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "emulator/chassis/mac_address.h"
#include "emulator/chassis/poll_backoff.h"
#include "emulator/chassis/rack.h"
#include "emulator/chassis/turn_calls.h"
#include "sys/epoll_set.h"
#include "sys/steady_clock.h"
#include "sys/timer_slack.h"
#include "sys/wakeup.h"

namespace nobounce::emulator {
namespace {

constexpr std::uint64_t kWakeupKey = std::numeric_limits<std::uint64_t>::max();
// An idle chassis has a turn this often, for what falls due by the clock without saying when.
constexpr std::chrono::nanoseconds kIdleTurn = std::chrono::seconds(1);

class RunningChassis final : public Chassis {
 public:
  static Result<std::unique_ptr<Chassis>> open(const Layout& layout);
  ~RunningChassis() override;

  [[nodiscard]] const std::vector<NicPort>& nics() const override { return nics_; }
  [[nodiscard]] const std::vector<AcceleratorPort>& accelerators() const override {
    return accelerators_;
  }
  [[nodiscard]] ChassisStatistics statistics() const override;
  Status set_impairments(std::string_view wire, std::optional<std::uint32_t> port,
                         const wire::Impairments& impairments) override;
  Status set_link(std::string_view nic, bool up) override;
  Status start_capture(const std::filesystem::path& path) override;
  void stop_capture() override;

 private:
  RunningChassis(const Layout& layout, sys::Epoll epoll, sys::Wakeup wakeup)
      : layout_(layout), epoll_(std::move(epoll)), wakeup_(std::move(wakeup)) {}

  void serve();
  bool take_events(std::chrono::nanoseconds timeout);
  std::chrono::nanoseconds patience_after(const Rack::Turn& turn);

  const Layout layout_;
  sys::Epoll epoll_;
  sys::Wakeup wakeup_;
  sys::SteadyClock clock_;
  PollBackoff backoff_{clock_.now_ns()};
  std::vector<NicPort> nics_;
  std::vector<AcceleratorPort> accelerators_;
  std::unique_ptr<Rack> rack_;  // the thread's own while it runs
  mutable TurnCalls calls_{wakeup_};
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

Result<std::unique_ptr<Chassis>> RunningChassis::open(const Layout& layout) {
  NB_ASSIGN(auto epoll, sys::Epoll::open());
  NB_ASSIGN(auto wakeup, sys::Wakeup::open());
  std::unique_ptr<RunningChassis> chassis(
      new RunningChassis(layout, std::move(epoll), std::move(wakeup)));
  NB_TRY(chassis->epoll_.add(chassis->wakeup_.fd(), sys::Epoll::Interest::kRead, kWakeupKey));
  NB_ASSIGN(chassis->rack_, Rack::open(layout, chassis->epoll_));
  for (const NicLayout& nic : layout.nics) {
    chassis->nics_.push_back({.name = nic.name,
                              .socket = socket_of(layout, nic.name),
                              .mac = to_string(nic.options.mac)});
  }
  for (const AcceleratorLayout& accelerator : layout.accelerators)
    chassis->accelerators_.push_back({.name = accelerator.name,
                                      .socket = socket_of(layout, accelerator.name),
                                      .memory_bytes = accelerator.options.memory_bytes});
  chassis->thread_ = std::thread([&chassis = *chassis] { chassis.serve(); });
  // Nothing moves before a client comes, and none knows of the sockets yet.
  if (!layout.capture.empty()) NB_TRY(chassis->start_capture(layout.capture));
  return chassis;
}

RunningChassis::~RunningChassis() {
  stop_ = true;
  wakeup_.signal();
  if (thread_.joinable()) thread_.join();
}

void RunningChassis::serve() {
  sys::ask_for_exact_timers();
  std::chrono::nanoseconds patience{0};
  while (!stop_ && take_events(patience)) {
    calls_.answer();
    patience = patience_after(rack_->run());
  }
  calls_.close();
}

std::chrono::nanoseconds RunningChassis::patience_after(const Rack::Turn& turn) {
  if (!turn.work_left && !turn.must_poll && !turn.due_ns) return kIdleTurn;
  const std::uint64_t now_ns = clock_.now_ns();
  if (turn.work_left || turn.found_doorbells) backoff_.active(now_ns);
  if (turn.work_left) return std::chrono::nanoseconds(0);
  std::uint64_t patience_ns = static_cast<std::uint64_t>(kIdleTurn.count());
  if (turn.must_poll) patience_ns = backoff_.wait_ns(now_ns);
  if (turn.due_ns)
    patience_ns = std::min(patience_ns, *turn.due_ns - std::min(*turn.due_ns, now_ns));
  return std::chrono::nanoseconds(patience_ns);
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
      continue;
    }
    // A frame from outside makes a guest ring its doorbells soon. A message of QEMU's does not: an
    // idle driver asks for the time by some twenty a second.
    if (event.key >= Rack::kFirstOutsideKey) backoff_.active(clock_.now_ns());
    rack_->on_ready(event.key);
  }
  return true;
}

ChassisStatistics RunningChassis::statistics() const {
  ChassisStatistics copy;
  calls_.call([&] { copy = rack_->statistics(); });
  return copy;
}

Status RunningChassis::set_impairments(std::string_view wire, std::optional<std::uint32_t> port,
                                       const wire::Impairments& impairments) {
  Status status;
  calls_.call([&] { status = rack_->set_impairments(wire, port, impairments); });
  return status;
}

Status RunningChassis::set_link(std::string_view nic, bool up) {
  Status status;
  calls_.call([&] { status = rack_->set_link(nic, up); });
  return status;
}

// The file is opened and closed in the caller's thread: either may take its time.
Status RunningChassis::start_capture(const std::filesystem::path& path) {
  NB_ASSIGN(auto capture,
            wire::Capture::open({.path = path, .interfaces = capture_interfaces(layout_)}, clock_));
  calls_.call([&] { capture = rack_->capture_to(std::move(capture), path); });
  return {};
}

void RunningChassis::stop_capture() {
  std::unique_ptr<wire::Capture> ended;
  calls_.call([&] { ended = rack_->capture_to(nullptr, {}); });
}

}  // namespace

Result<std::unique_ptr<Chassis>> Chassis::start(const Layout& layout) {
  return RunningChassis::open(layout);
}

}  // namespace nobounce::emulator
