// SPDX-License-Identifier: Apache-2.0
// What a driver changes while packets flow: where they are steered, which sizes are taken, what is
// reported and how often it is interrupted. The NIC's queues are not among it.
#pragma once

#include "fuzz/guest.h"

namespace nobounce::fuzz {

/// One change, right most of the time.
void change_settings(Guest& guest, GuestRam& ram, Choices& choices);

/// Gives a notify block an eventfd and arms it, with an interval at times. The value of its
/// doorbell is the caller's to ring, as it knows how.
struct IrqDoorbell {
  std::uint32_t index;
  std::uint32_t value;
};
IrqDoorbell arm_interrupt(Guest& guest, Choices& choices);

}  // namespace nobounce::fuzz
