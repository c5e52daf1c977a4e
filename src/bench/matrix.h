// SPDX-License-Identifier: Apache-2.0
// Matrix: what a bench measures, as its file says it: axes, each a list of values, and how each
// point of the matrix (a cell) is run. Pure data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/shape.h"
#include "bench/tuning.h"

namespace nobounce::bench {

/// What moves the bytes: ours, or a program to compare with (peers.h).
enum class Engine { kNobounce, kIperf3, kIperf3Zerocopy, kNeper };

/// By name, as send and recv take them.
struct PathPair {
  std::string tx;
  std::string rx;
};

/// What the receiver's NIC and kernel merge before TCP sees it.
enum class Gro { kOff, kSoftware, kHardware };

/// Which CPUs a host has: for its application and for its network (interrupts, softirqs).
enum class Cpus {
  kAny,  ///< As the scheduler likes.
  kOne,  ///< One for both.
  kTwo,  ///< One each.
};

inline constexpr std::uint64_t kUnmergedBytes = 65536;  ///< Limits above it are BIG TCP.

struct Axes {
  std::vector<PathPair> paths;
  std::vector<std::string> tx_memory = {"udmabuf"};
  std::vector<std::string> rx_memory = {"udmabuf"};
  bool same_memory = false;  ///< Only cells with the same provider at both ends.
  std::vector<Gro> gro = {Gro::kHardware};
  std::vector<std::uint64_t> gso_max_bytes = {kUnmergedBytes};  ///< Of the sender.
  std::vector<std::uint64_t> gro_max_bytes = {kUnmergedBytes};  ///< Of the receiver.
  std::vector<std::uint64_t> mtu = {4148};
  std::vector<Cpus> cpus = {Cpus::kAny};
  std::vector<std::uint64_t> message_bytes = {std::uint64_t{64} << 20};
  std::vector<std::uint64_t> pool_bytes = {std::uint64_t{64} << 20};  ///< Region of the receiver.
  std::vector<double> seconds = {0};      ///< Of a run; 0: as the matrix says.
  std::vector<std::uint64_t> runs = {0};  ///< Likewise.
  ShapeAxes shapes;
  LinkTuningAxes link;
  EngineTuningAxes engine;
};

/// ROI = throughput to the power n over cost to the power m.
struct RoiExponents {
  double throughput = 2;
  double cost = 1;
};

/// What the lab is made with, the same for all cells.
struct LabWishes {
  std::uint64_t wire_rate_bits_per_s = 0;  ///< Of each wire, each way; 0: as fast as it goes.
  std::uint64_t wire_delay_ns = 0;         ///< Likewise.
};

/// Whether, and how, the host is read around every run.
struct Measuring {
  bool on = true;
  std::string power_command;  ///< Prints watts; empty: none.
  double idle_seconds = 0;    ///< Of the idle host's power, before each run; 0: not.
  bool cpu_profile = false;   ///< All CPUs are sampled.
  bool copy_meter = false;    ///< In the lab, whose CPUs are then emulated.
};

struct Matrix {
  std::string name;
  std::uint64_t runs = 5;       ///< Of each cell, one a round.
  std::uint64_t warm_ups = 1;   ///< Rounds before them, which don't count.
  std::uint64_t drop_ends = 1;  ///< Runs at the beginning, and at the end, that aren't averaged.
  double seconds = 0;           ///< Of a run; 0: by `bytes`.
  std::uint64_t bytes = 0;      ///< Of a run, in whole messages.
  std::uint64_t response_bytes = 64;  ///< Of an answer to a request.
  /// Beside the cells, a row of each for each setting.
  std::vector<Engine> versus;
  RoiExponents roi;
  LabWishes lab;
  Measuring measuring;
  Axes axes;
};

/// "nobounce", "iperf3", "iperf3 -Z" or "neper".
std::string_view name_of(Engine engine);
/// "off", "sw" or "hw".
std::string_view name_of(Gro gro);
/// "any", "1" or "2".
std::string_view name_of(Cpus cpus);

}  // namespace nobounce::bench
