// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/cable.h"

namespace nobounce::emulator::wire {

void Cable::carry(const net::Frame& frame, std::uint32_t to_side) {
  net::FrameSink* to = plugged_[to_side];
  if (to == nullptr || is_carrying_) {
    ++dropped_frames_;
    return;
  }
  is_carrying_ = true;
  to->accept(frame);
  is_carrying_ = false;
}

}  // namespace nobounce::emulator::wire
