// SPDX-License-Identifier: Apache-2.0
// The emulated NIC's data path against memcpy: each iteration runs the model and then memcpy over
// the same addresses, and what is reported are medians over the iterations. The times that Google
// Benchmark prints are the model's alone; see docs/performance.md.
//
//   of_memcpy   memcpy's time for the same bytes over the model's, the median of the ratios
//   of_tso      a byte's time in TSO frames over that in single segments that are coalesced
//   1_ to 6_    CPU time a frame, medians: memcpy; a copy that sums; up to the frame; both queues;
//               with steering and the clock, which is the model; with the drivers of this program
//   allocations in the model; anything but 0 is an error
// peer_lookup has names of its own: peer_lookup.h.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "lane.h"
#include "peer_lookup.h"

namespace nobounce::bench {
namespace {

constexpr int kIterations = 101;

/// 15 segments: what an IP packet's 64 KiB hold.
constexpr Workload kTso{
    .payload_bytes = 65'536 - 4096, .mss = 4096, .rsc = true, .frames_a_turn = 8};
constexpr Workload kSingle{.payload_bytes = 4096};
constexpr Workload kCoalesced{.payload_bytes = 4096, .rsc = true};
constexpr Workload kSmallUdp{.payload_bytes = 22, .udp = true, .header_split = false};
constexpr Workload kSmallTcp{.payload_bytes = 10, .header_split = false};

/// Frames an iteration: enough to go through all buffers several times.
std::size_t frames_of(const Workload& workload) {
  const std::size_t bytes = std::size_t{32} << 20;
  const std::size_t frames = std::min<std::size_t>(bytes / workload.payload_bytes, 32'768);
  return frames / workload.frames_a_turn * workload.frames_a_turn;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Every iteration runs all parts, so that what disturbs one disturbs the others as well.
void run_workload(benchmark::State& state, const Workload& workload) {
  constexpr std::array kAllParts = {Parts::kSumOnly, Parts::kTransmit, Parts::kQueues,
                                    Parts::kWholePath};
  Lane lane(workload);
  const std::size_t frames = frames_of(workload);
  std::array<std::vector<double>, kAllParts.size()> parts_s;
  std::vector<double> ratios, memcpy_s, with_drivers_s;
  for (auto _ : state) {
    Lane::Spent spent;
    for (std::size_t i = 0; i < kAllParts.size(); ++i) {
      spent = lane.run(frames, kAllParts[i]);
      parts_s[i].push_back(spent.model.count());
    }
    const double copied = lane.run_memcpy(frames).count();
    state.SetIterationTime(spent.model.count());
    ratios.push_back(copied / spent.model.count());
    memcpy_s.push_back(copied);
    with_drivers_s.push_back((spent.model + spent.drivers).count());
  }
  const auto ns_a_frame = [frames](const std::vector<double>& seconds) {
    return median(seconds) / static_cast<double>(frames) * 1e9;
  };
  const double whole_ns = ns_a_frame(parts_s.back());
  state.counters["of_memcpy"] = median(ratios);
  state.counters["Mframes/s"] = 1e3 / whole_ns;
  state.counters["GB/s"] = static_cast<double>(lane.frame_bytes()) / whole_ns;
  state.counters["1_memcpy_ns"] = ns_a_frame(memcpy_s);
  state.counters["2_copy_and_sum_ns"] = ns_a_frame(parts_s[0]);
  state.counters["3_transmit_ns"] = ns_a_frame(parts_s[1]);
  state.counters["4_queues_ns"] = ns_a_frame(parts_s[2]);
  state.counters["5_whole_path_ns"] = whole_ns;
  state.counters["6_with_drivers_ns"] = ns_a_frame(with_drivers_s);
  state.counters["allocations"] = static_cast<double>(lane.allocations());
  if (lane.allocations() != 0) state.SkipWithError("the model allocates memory");
}

void coalesced_against_tso(benchmark::State& state) {
  Lane single(kCoalesced);
  Lane tso(kTso);
  std::vector<double> ratios, of_memcpy, single_s;
  const std::size_t frames = frames_of(kCoalesced);
  const std::size_t tso_frames = frames_of(kTso);
  const double bytes_ratio = static_cast<double>(frames * kCoalesced.payload_bytes) /
                             static_cast<double>(tso_frames * kTso.payload_bytes);
  for (auto _ : state) {
    const double seconds = single.run(frames).model.count();
    const double tso_seconds = tso.run(tso_frames).model.count();
    const double copied = single.run_memcpy(frames).count();
    state.SetIterationTime(seconds);
    ratios.push_back(tso_seconds / seconds * bytes_ratio);
    of_memcpy.push_back(copied / seconds);
    single_s.push_back(seconds);
  }
  state.counters["of_tso"] = median(ratios);
  state.counters["of_memcpy"] = median(of_memcpy);
  state.counters["GB/s"] =
      static_cast<double>(frames * kCoalesced.payload_bytes) / median(single_s) / 1e9;
  state.counters["ns/frame"] = median(single_s) / static_cast<double>(frames) * 1e9;
  state.counters["segments/packet"] = static_cast<double>(single.received().rsc_segments) /
                                      static_cast<double>(single.received().packets);
  state.counters["allocations"] = static_cast<double>(single.allocations() + tso.allocations());
  if (single.allocations() + tso.allocations() != 0) {
    state.SkipWithError("the model allocates memory");
  }
}

struct Named {
  const char* name;
  Workload workload;
};
void register_all() {
  const Named workloads[] = {
      {"tso_60k", kTso}, {"single_4k", kSingle}, {"udp_64", kSmallUdp}, {"tcp_64", kSmallTcp}};
  const auto add = [](const char* name, auto run) {
    benchmark::RegisterBenchmark(name, run)
        ->UseManualTime()
        ->Iterations(kIterations)
        ->Unit(benchmark::kMicrosecond);
  };
  for (const auto& [name, workload] : workloads)
    add(name, [workload](benchmark::State& state) { run_workload(state, workload); });
  add("coalesced_4k", coalesced_against_tso);
  register_peer_lookup(kIterations);
}

}  // namespace
}  // namespace nobounce::bench

int main(int argc, char** argv) {
  nobounce::bench::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
