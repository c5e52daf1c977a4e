// SPDX-License-Identifier: Apache-2.0
// The emulated NIC's data path against memcpy: each iteration runs the model and then memcpy over
// the same addresses, and what is reported are medians over the iterations. The times that Google
// Benchmark prints are the model's alone; see docs/performance.md.
//
//   of_memcpy   memcpy's time for the same bytes over the model's, the median of the ratios
//   of_tso      the same against TSO frames, for coalesced single segments
//   Mframes/s, GB/s, memcpy_GB/s   medians too
//   allocations in the model; anything but 0 is an error
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "lane.h"

namespace nobounce::bench {
namespace {

constexpr int kIterations = 101;

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

void run_parts(benchmark::State& state, const Workload& workload, Parts parts) {
  Lane lane(workload);
  const std::size_t frames = frames_of(workload);
  const double bytes = static_cast<double>(frames * lane.frame_bytes());
  std::vector<double> ratios, model_s, memcpy_s, with_drivers_s;
  lane.run(frames, parts);
  lane.run_memcpy(frames);
  for (auto _ : state) {
    const Lane::Spent spent = lane.run(frames, parts);
    const double copied = lane.run_memcpy(frames).count();
    state.SetIterationTime(spent.model.count());
    ratios.push_back(copied / spent.model.count());
    model_s.push_back(spent.model.count());
    memcpy_s.push_back(copied);
    with_drivers_s.push_back((spent.model + spent.drivers).count());
  }
  const double seconds = median(model_s);
  state.counters["of_memcpy"] = median(ratios);
  state.counters["GB/s"] = bytes / seconds / 1e9;
  state.counters["memcpy_GB/s"] = bytes / median(memcpy_s) / 1e9;
  state.counters["Mframes/s"] = static_cast<double>(frames) / seconds / 1e6;
  state.counters["ns/frame"] = seconds / static_cast<double>(frames) * 1e9;
  state.counters["with_drivers_Mframes/s"] =
      static_cast<double>(frames) / median(with_drivers_s) / 1e6;
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
struct NamedParts {
  const char* name;
  Parts parts;
};

void register_all() {
  const Named workloads[] = {
      {"tso_64k", kTso}, {"single_4k", kSingle}, {"udp_64", kSmallUdp}, {"tcp_64", kSmallTcp}};
  const NamedParts roofline[] = {{"whole_path", Parts::kWholePath},
                                 {"queues", Parts::kQueues},
                                 {"transmit", Parts::kTransmit},
                                 {"copy_and_sum", Parts::kSumOnly}};
  for (const auto& [workload_name, workload] : workloads) {
    for (const auto& [parts_name, parts] : roofline) {
      const std::string name = std::string(workload_name) + "/" + parts_name;
      benchmark::RegisterBenchmark(
          name.c_str(), [=](benchmark::State& state) { run_parts(state, workload, parts); })
          ->UseManualTime()
          ->Iterations(kIterations)
          ->Unit(benchmark::kMicrosecond);
    }
  }
  benchmark::RegisterBenchmark("coalesced_4k/whole_path", coalesced_against_tso)
      ->UseManualTime()
      ->Iterations(kIterations)
      ->Unit(benchmark::kMicrosecond);
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
