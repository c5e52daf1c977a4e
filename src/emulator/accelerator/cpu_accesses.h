// SPDX-License-Identifier: Apache-2.0
// CpuAccesses: what CPUs did to device memory: counts that are never reset and, where that is asked
// for, the latest accesses one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "abi/accelerator.h"

namespace nobounce::emulator::accelerator {

struct CpuAccess {
  std::uint64_t offset = 0;  ///< In the window.
  std::uint32_t bytes = 0;
  bool is_write = false;
};

/// Not thread-safe.
class CpuAccesses {
 public:
  static constexpr std::size_t kMostNoted = 4096;

  /// Notes the latest `most_noted` accesses, at most kMostNoted.
  explicit CpuAccesses(std::size_t most_noted);

  void note(const CpuAccess& access);
  [[nodiscard]] const abi::accelerator::AccessCounters& counters() const { return counters_; }
  /// The oldest first.
  [[nodiscard]] std::vector<CpuAccess> latest() const;

 private:
  abi::accelerator::AccessCounters counters_{};
  std::size_t most_noted_;
  std::vector<CpuAccess> noted_;  // a ring, once it is full
  std::size_t next_ = 0;
};

}  // namespace nobounce::emulator::accelerator
