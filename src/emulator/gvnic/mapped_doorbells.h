// SPDX-License-Identifier: Apache-2.0
// MappedDoorbells: the page behind BAR2 where clients map it instead of sending their writes. A
// doorbell is then a store of the guest that nobody announces, found by looking.
//
// A queue's doorbell is a position in its ring: it has rung if it differs from the last one seen.
// No position is missed by that, as a driver can't go all around a ring that nobody serves. An
// interrupt doorbell is a command, and the same command may follow itself: it is taken by an
// exchange with 0. So 0 is no command here, and of several between two looks the last one alone is
// seen: a moderation interval that is set right before the interrupt is enabled again may be lost.
//
// The guest may write anything at any time: a word is read once, by an atomic access.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/result.h"
#include "emulator/gvnic/doorbell_map.h"
#include "emulator/vfio_user/device.h"
#include "sys/fd.h"
#include "sys/mapping.h"

namespace nobounce::emulator::gvnic {

/// Owns the page. Move-only; not thread-safe on our side of it. An `index` is DoorbellMap's, below
/// kEnd.
class MappedDoorbells {
 public:
  /// Errors: those of memfd_create and mmap.
  static Result<MappedDoorbells> create();

  /// For clients. A client keeps its mapping as long as it likes, also when another one has come:
  /// all that it gains is to ring what is not its own.
  [[nodiscard]] vfio_user::MappableRegion mapping() const { return {.fd = file_.get()}; }

  /// The position in the doorbell of a queue, if it has moved. What the guest wrote before it wrote
  /// the position is seen after this.
  std::optional<std::uint32_t> take_position(std::uint32_t index);
  /// Likewise the command in an interrupt doorbell, which is then gone.
  std::optional<std::uint32_t> take_command(std::uint32_t index);

  /// For a queue that is created: what its predecessor was told is gone, and it begins at 0.
  void restart(std::uint32_t index);
  /// For a device that is reset.
  void restart_all();

 private:
  MappedDoorbells(sys::Fd file, sys::Mapping page)
      : file_(std::move(file)), page_(std::move(page)) {}
  [[nodiscard]] std::uint32_t& word(std::uint32_t index) const;

  sys::Fd file_;
  sys::Mapping page_;
  std::array<std::uint32_t, DoorbellMap::kEnd> positions_{};
};

}  // namespace nobounce::emulator::gvnic
