// SPDX-License-Identifier: Apache-2.0
// PerfRing: the memory by which the kernel hands over what a perf event has seen, record by record.
//
// Source: perf_event_open(2), "MMAP layout".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "sys/mapping.h"

namespace nobounce::sys {

struct PerfRecord {
  std::uint32_t type = 0;  ///< PERF_RECORD_…
  std::uint16_t misc = 0;
  std::span<const std::byte> body;  ///< After the header, valid while the visitor runs.
};
using SeePerfRecord = std::function<void(const PerfRecord& record)>;

/// Move-only; not thread-safe.
class PerfRing {
 public:
  static constexpr std::size_t kBytes = std::size_t{1} << 20;

  /// Of an event of perf_event_open(2). Errors: those of mmap.
  static Result<PerfRing> map(int event_fd, const std::string& name);

  /// Shows all records since the last call. How many were lost, as the ring was full: as the kernel
  /// says, which it does with the next record that fits, and so at least 1 where it was found full.
  std::uint64_t drain(const SeePerfRecord& see);

 private:
  explicit PerfRing(Mapping mapping) : mapping_(std::move(mapping)) {}

  Mapping mapping_;  // A page of the kernel's own, and the ring.
};

/// Shows the records that lie in `ring`, whose size is a power of two, from the count of bytes
/// `tail` to `head`. How many the kernel says were lost. Pure.
std::uint64_t for_each_perf_record(std::span<const std::byte> ring, std::uint64_t tail,
                                   std::uint64_t head, const SeePerfRecord& see);

}  // namespace nobounce::sys
