// SPDX-License-Identifier: Apache-2.0
// The loop of a sender: hands a region's worth to the kernel and waits until it may be reused.
#pragma once

#include <cstdint>
#include <functional>

#include "memory/region.h"
#include "path/sender.h"

namespace nobounce::transfer {

struct SendRound {
  path::Sender& sender;
  int timeout_ms = -1;
  std::function<void(std::uint64_t bytes)> on_progress;  ///< Given all that was sent so far.
};

/// Sends all of `extent`. Errors: kPeerClosed, kTimeout, kInterrupted, those of the sender.
Status send_all(const SendRound& round, memory::Extent extent);

/// Waits until no send is in flight, so that the region may change. Errors: as send_all.
Status drain(const SendRound& round);

}  // namespace nobounce::transfer
