// SPDX-License-Identifier: Apache-2.0
// Interrupts: the notify blocks of a NIC and its management interrupt, over MSI-X eventfds.
//
// A notify block is armed by its doorbell and disarms itself when it fires (DQO's automatic mask);
// what happens while it is disarmed, or while its vector has no eventfd, is remembered and fires
// once when it can. Moderation: the doorbell also sets the least time between two interrupts of a
// block (ITR); one that would come sooner waits until it is due. The management interrupt is never
// moderated. The vector table itself lives in the vfio-user client.
// Source: gve_dqo.h of the Linux kernel (the bits of an IRQ doorbell).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "emulator/gvnic/doorbell_map.h"
#include "sys/fd.h"

namespace nobounce::emulator::gvnic {

struct InterruptStatistics {
  std::uint64_t raised = 0;      ///< By notify blocks.
  std::uint64_t moderated = 0;   ///< Had to wait for their block's interval.
  std::uint64_t management = 0;  ///< Raised for link changes and wanted resets.
};

class Interrupts {
 public:
  static constexpr std::uint32_t kVectors = kMaxNotifyBlocks + 1;

  /// Bits of an IRQ doorbell. Bits 3 and 4 name the register that takes the interval of bits 5 to
  /// 16, in units of kIntervalUnitNs; where all are set, the interval stays as it was.
  enum Doorbell : std::uint32_t {
    kEnable = 1U << 0,
    kClearPending = 1U << 1,
    kKeepInterval = 3U << 3,
  };
  static constexpr unsigned kIntervalShift = 5;
  static constexpr std::uint32_t kIntervalMask = (1U << 12) - 1;
  static constexpr std::uint64_t kIntervalUnitNs = 2000;

  /// `clock` must outlive the interrupts. Without `moderation` intervals are taken and not used.
  Interrupts(const Clock& clock, bool moderation) : clock_(clock), moderation_(moderation) {}

  /// Lays `blocks` notify blocks over the vectors: from vector 0 with the management vector after
  /// them, or from vector 1 with the management vector first. All are disarmed, without interval.
  void configure(std::uint32_t blocks, std::uint32_t first_block_vector);
  /// Forgets blocks, intervals and pending events; eventfds stay.
  void reset();

  [[nodiscard]] std::uint32_t blocks() const { return blocks_; }

  /// `vector` beyond kVectors is ignored.
  void set_eventfd(std::uint32_t vector, sys::Fd eventfd);
  /// A doorbell of a block that is not configured is ignored.
  void ring_doorbell(std::uint32_t block, std::uint32_t value);

  void raise(std::uint32_t block);
  /// Never masked: the driver has no doorbell for it.
  void raise_management();

  /// When the next of the moderated interrupts is due; nothing if none waits.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const;
  /// Fires what has waited long enough.
  void fire_due();

  [[nodiscard]] const InterruptStatistics& statistics() const { return statistics_; }

 private:
  struct Block {
    bool armed = false;
    bool pending = false;
    std::uint64_t interval_ns = 0;
    std::optional<std::uint64_t> fired_at_ns;  // known while there is an interval

    /// 0: at once.
    [[nodiscard]] std::uint64_t due_ns() const {
      return fired_at_ns && interval_ns != 0 ? *fired_at_ns + interval_ns : 0;
    }
  };

  /// Fires `block` if it is pending, armed, has an eventfd, and its time has come.
  void fire(std::uint32_t block);
  void fire_management();
  [[nodiscard]] std::uint32_t vector_of(std::uint32_t block) const {
    return first_block_vector_ + block;
  }

  const Clock& clock_;
  bool moderation_;
  std::array<sys::Fd, kVectors> eventfds_;
  std::array<Block, kMaxNotifyBlocks> states_{};
  std::uint32_t waiting_ = 0;  // a bit for each block that waits for its time and nothing else
  bool management_pending_ = false;
  std::uint32_t blocks_ = 0;
  std::uint32_t first_block_vector_ = 0;
  std::optional<std::uint32_t> management_vector_;
  InterruptStatistics statistics_;
};
static_assert(kMaxNotifyBlocks <= 32);

}  // namespace nobounce::emulator::gvnic
