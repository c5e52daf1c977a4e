// SPDX-License-Identifier: Apache-2.0
#include "peer_lookup.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include "emulator/chassis/guest_bus.h"
#include "sys/memfd.h"
#include "unit/emulator/accelerator/driver_double.h"

namespace nobounce::bench {
namespace {

using emulator::GuestBus;
using emulator::accelerator::DriverDouble;
using emulator::vfio_user::DmaAccess;
using emulator::vfio_user::GuestMemory;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kLowRam = 0;
constexpr std::uint64_t kHighRam = std::uint64_t{1} << 32;
constexpr std::size_t kAccelerators = 4;
constexpr int kRounds = 64;  // Over all pages, so that the clock is read seldom.

/// As QEMU lays a guest's memory out: below 4 GiB and above.
void lay_ram(GuestMemory& memory) {
  for (const std::uint64_t at : {kLowRam, kHighRam}) {
    const Status mapped =
        memory.map({.iova = at, .size = kBytes, .readable = true, .writeable = true},
                   sys::create_memfd("guest", kBytes).value(), 0);
    if (!mapped) std::abort();
  }
}

std::uint64_t window_of(std::size_t accelerator) {
  return DriverDouble::kWindowAddress * (accelerator + 1);
}

class FourAccelerators {
 public:
  FourAccelerators() {
    for (std::size_t i = 0; i < kAccelerators; ++i) {
      auto& driver = *drivers_.emplace_back(std::make_unique<DriverDouble>());
      driver.start_context();
      driver.make_device_memory(1, 0, kBytes);
      driver.place_window(window_of(i));
      bus_.add(*driver.device);
    }
  }
  [[nodiscard]] const GuestBus& bus() const { return bus_; }

 private:
  std::vector<std::unique_ptr<DriverDouble>> drivers_;
  GuestBus bus_;
};

double cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

/// Nanoseconds for each page from `at` on, as the buffers of a ring are found.
double translate_all(const GuestMemory& memory, std::uint64_t at) {
  const double start = cpu_ns();
  for (int round = 0; round < kRounds; ++round)
    for (std::uint64_t offset = 0; offset < kBytes; offset += kPage)
      benchmark::DoNotOptimize(memory.translate(at + offset, kPage, DmaAccess::kWrite));
  return (cpu_ns() - start) / (kRounds * static_cast<double>(kBytes / kPage));
}

double middle(std::vector<double> values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, at);
  return *at;
}

void run(benchmark::State& state) {
  GuestMemory alone;
  lay_ram(alone);
  GuestMemory with_peers;
  lay_ram(with_peers);
  const FourAccelerators accelerators;
  with_peers.set_peers(&accelerators.bus());
  std::vector<double> ram, ram_with_peers, ratios, first, last;
  for (auto _ : state) {
    ram.push_back(translate_all(alone, kHighRam));
    ram_with_peers.push_back(translate_all(with_peers, kHighRam));
    ratios.push_back(ram.back() / ram_with_peers.back());
    first.push_back(translate_all(with_peers, window_of(0)));
    last.push_back(translate_all(with_peers, window_of(kAccelerators - 1)));
    state.SetIterationTime(ram_with_peers.back() / 1e9);
  }
  state.counters["ram_ns"] = middle(ram);
  state.counters["ram_with_peers_ns"] = middle(ram_with_peers);
  state.counters["of_ram_alone"] = middle(ratios);
  state.counters["first_peer_ns"] = middle(first);
  state.counters["last_peer_ns"] = middle(last);
  if (with_peers.refused() != 0) state.SkipWithError("an address led nowhere");
}

}  // namespace

void register_peer_lookup(int iterations) {
  benchmark::RegisterBenchmark("peer_lookup", run)
      ->UseManualTime()
      ->Iterations(iterations)
      ->Unit(benchmark::kNanosecond);
}

}  // namespace nobounce::bench
