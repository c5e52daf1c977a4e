// SPDX-License-Identifier: Apache-2.0
// Two guests' queues, joined by a wire. Descriptors, buffers and packets are right most of the
// time; memory changes wherever the input can get between two accesses: between two calls of a NIC,
// and in the midst of a turn, when a frame that was looked at is on its way to be copied.
#pragma once

#include <array>
#include <memory>

#include "fuzz/guest.h"

namespace nobounce::fuzz {

class TwoGuests {
 public:
  /// All of it outlives the guests.
  TwoGuests(std::array<GuestRam, 2>& rams, Choices& choices);
  ~TwoGuests();

  /// One of them does something.
  void act();
  /// Both NICs have a last turn. Returns what the second one has counted.
  emulator::gvnic::GvnicStatistics finish();

 private:
  struct Sides;

  Choices& choices_;
  std::unique_ptr<Sides> sides_;
};

}  // namespace nobounce::fuzz
