// SPDX-License-Identifier: Apache-2.0
// What a transfer did, in figures. Writers (console, JSON) only print it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/figure.h"
#include "base/latencies.h"
#include "measure/copies.h"
#include "measure/copy_counter.h"
#include "measure/cpu_list.h"
#include "measure/cpu_usage.h"
#include "path/path.h"
#include "sys/syscall_counts.h"
#include "transfer/choice.h"
#include "transfer/measuring.h"

namespace nobounce::transfer {

enum class Direction { kReceive, kSend };

struct TransferResult {
  Direction direction = Direction::kReceive;
  path::Path path = path::Path::kCopy;
  std::vector<PassedOver> passed_over;  ///< Better paths and memories, and why they were not taken.
  PathOrder order;                      ///< Whose order the paths were tried in.
  std::string memory;
  std::string nic;
  Figure<std::uint32_t> queue;           ///< Receive queue of the path's own.
  std::vector<std::string> nic_changes;  ///< What the lease changed, and has put back.
  std::uint64_t region_bytes = 0;

  std::uint64_t bytes = 0;
  std::uint64_t rounds = 0;
  double seconds = 0;          ///< Of the transfer alone: no loading, hashing or writing.
  std::uint64_t began_ns = 0;  ///< Of the host's steady clock, which its processes share.
  std::uint64_t ended_ns = 0;
  std::uint64_t frags = 0;
  std::uint64_t linear_bytes = 0;
  std::uint64_t mapped_bytes = 0;             ///< Path mmap: seen in pages of the kernel's.
  std::uint64_t staged_bytes = 0;             ///< Copied by us between the region and host memory.
  Figure<std::uint64_t> kernel_copied_bytes;  ///< Of a zero-copy receive path.
  std::uint64_t cq_overflows = 0;             ///< Path zcrx.
  std::uint64_t tokens_outstanding = 0;
  std::uint64_t sends_copied = 0;            ///< Zerocopy sends that the kernel copied after all.
  std::uint64_t sends_degraded = 0;          ///< Sends made plain ones for want of a resource.
  sys::SyscallCounts syscalls;               ///< Of the data path.
  Figure<measure::ProcessSeconds> cpu;       ///< In those seconds.
  Figure<measure::HostCpuSeconds> host_cpu;  ///< In those seconds, all CPUs and each.
  /// The CPU's accesses to the memory of the region's device, in those seconds.
  Figure<std::uint64_t> cpu_touches;
  std::optional<Measured> measured;  ///< Where it was asked for.

  Figure<measure::Copies> copies;  ///< In those seconds, by the kernel: the lab's meter.
  std::optional<Figure<measure::Copies>> probed_copies;  ///< By kernel probes, if asked for.
  Figure<measure::CpuList> own_cpus;  ///< That this end and its NIC are pinned to.

  double loading_s = 0;        ///< File or pattern → region.
  double hashing_s = 0;        ///< Region → SHA-256 or comparison.
  double writing_s = 0;        ///< Region → file.
  Figure<std::string> sha256;  ///< Of what landed, read back from the region.

  /// Of requests, from the first byte sent to the last byte of the answer.
  std::optional<Latencies> latencies;

  [[nodiscard]] double gbit_per_s() const {
    return seconds > 0 ? static_cast<double>(bytes) * 8 / seconds / 1e9 : 0;
  }
  /// By the meter; where there is none and probes were asked for, by these.
  [[nodiscard]] const Figure<measure::Copies>& best_copies() const {
    return !copies.is_available() && probed_copies ? *probed_copies : copies;
  }
  /// Copied between user memory and the kernel, and by us, for each byte of payload.
  [[nodiscard]] Figure<double> copied_bytes_per_byte() const;
  /// The same of `own_cpus` alone.
  [[nodiscard]] Figure<double> own_copied_bytes_per_byte() const;

  /// What `counter` counted. To be called while this process runs where it ran.
  void take_copies(const measure::CopyCounter& counter, bool with_probes);
};

}  // namespace nobounce::transfer
