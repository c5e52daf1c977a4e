// SPDX-License-Identifier: Apache-2.0
// Interrupts: the notify blocks of a NIC and its management interrupt, over MSI-X eventfds.
//
// A notify block is armed by its doorbell and disarms itself when it fires (DQO's automatic mask);
// what happens while it is disarmed, or while its vector has no eventfd, is remembered and fires
// once when it can. The vector table itself lives in the vfio-user client.
// Source: gve_dqo.h of the Linux kernel (the bits of an IRQ doorbell).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "emulator/gvnic/doorbell_map.h"
#include "sys/fd.h"

namespace nobounce::emulator::gvnic {

class Interrupts {
 public:
  static constexpr std::uint32_t kVectors = kMaxNotifyBlocks + 1;

  /// Bits of an IRQ doorbell. The moderation interval in the others is taken and not used.
  enum Doorbell : std::uint32_t { kEnable = 1U << 0, kClearPending = 1U << 1 };

  /// Lays `blocks` notify blocks over the vectors: from vector 0 with the management vector after
  /// them, or from vector 1 with the management vector first. All are disarmed.
  void configure(std::uint32_t blocks, std::uint32_t first_block_vector);
  /// Forgets blocks and pending events; eventfds stay.
  void reset();

  [[nodiscard]] std::uint32_t blocks() const { return blocks_; }

  /// `vector` beyond kVectors is ignored.
  void set_eventfd(std::uint32_t vector, sys::Fd eventfd);
  /// A doorbell of a block that is not configured is ignored.
  void ring_doorbell(std::uint32_t block, std::uint32_t value);

  void raise(std::uint32_t block);
  /// Never masked: the driver has no doorbell for it.
  void raise_management();

 private:
  struct Source {
    bool armed = false;
    bool pending = false;
  };

  /// Fires `source` if it is pending, armed and has an eventfd. True if it fired.
  bool fire(Source& source, std::uint32_t vector);
  [[nodiscard]] std::uint32_t vector_of(std::uint32_t block) const {
    return first_block_vector_ + block;
  }

  std::array<sys::Fd, kVectors> eventfds_;
  std::array<Source, kMaxNotifyBlocks> sources_{};
  Source management_{};
  std::uint32_t blocks_ = 0;
  std::uint32_t first_block_vector_ = 0;
  std::optional<std::uint32_t> management_vector_;
};

}  // namespace nobounce::emulator::gvnic
