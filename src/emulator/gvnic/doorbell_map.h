// SPDX-License-Identifier: Apache-2.0
// Where each doorbell lies in BAR2: an array of little-endian 32-bit registers, of which the driver
// learns its indices from the device. They are fixed here, so that a queue keeps its doorbell.
#pragma once

#include <cstdint>

namespace nobounce::emulator::gvnic {

inline constexpr std::uint32_t kMaxQueues = 16;  ///< A direction, a NIC.
inline constexpr std::uint32_t kMaxNotifyBlocks = 2 * kMaxQueues;

struct DoorbellMap {
  static constexpr std::uint64_t kBarBytes = 4096;
  static constexpr std::uint32_t kIrqBase = 0;
  static constexpr std::uint32_t kTxBase = kIrqBase + kMaxNotifyBlocks;
  static constexpr std::uint32_t kRxBase = kTxBase + kMaxQueues;
  static constexpr std::uint32_t kEnd = kRxBase + kMaxQueues;

  enum class Kind { kIrq, kTx, kRx, kNone };
  struct Target {
    Kind kind = Kind::kNone;
    std::uint32_t id = 0;  ///< The notify block or the queue.
  };

  static constexpr Target target_of(std::uint64_t index) {
    const auto at = static_cast<std::uint32_t>(index);
    if (index >= kEnd) return {};
    if (index >= kRxBase) return {.kind = Kind::kRx, .id = at - kRxBase};
    if (index >= kTxBase) return {.kind = Kind::kTx, .id = at - kTxBase};
    return {.kind = Kind::kIrq, .id = at - kIrqBase};
  }
};
static_assert(DoorbellMap::kEnd * sizeof(std::uint32_t) <= DoorbellMap::kBarBytes);

}  // namespace nobounce::emulator::gvnic
