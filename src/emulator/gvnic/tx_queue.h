// SPDX-License-Identifier: Apache-2.0
// TxQueue: one DQO transmit queue, from descriptors in guest memory to frames in a sink.
//
// Descriptors and headers are copied out of guest memory once, then checked, then used. A malformed
// descriptor or an address outside guest memory ends the queue (`faulted`); the device reports that
// and everything else lives on. Source: gve_desc_dqo.h and gve_tx_dqo.c of the Linux kernel.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "emulator/gvnic/queue_config.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

struct TxStatistics {
  std::uint64_t packets = 0;  ///< Frames as the driver handed them over; a TSO frame counts once.
  std::uint64_t bytes = 0;    ///< Frame bytes, headers of a TSO frame counted once.
  std::uint64_t tso_frames = 0;
  std::uint64_t malformed = 0;  ///< Faults: bad descriptors, addresses and doorbells.
  /// Completed, but not sent: frames too short or too long, segmentation of what is not TCP or UDP,
  /// and segments in more descriptors than the hardware has for one. A user of the guest can cause
  /// these, so they don't cost the queue.
  std::uint64_t dropped = 0;
};

class TxQueue {
 public:
  virtual ~TxQueue() = default;

  /// Errors: kInvalidArgument where a ring is not wholly in guest memory.
  static Result<std::unique_ptr<TxQueue>> create(const TxQueueConfig& config,
                                                 const vfio_user::GuestMemory& memory);

  /// The driver's doorbell: the ring index one past its last descriptor.
  virtual void ring_doorbell(std::uint32_t tail) = 0;

  enum class Outcome {
    kIdle,
    kBudgetSpent,
    kWireBusy,  ///< The sink is not ready; what is posted waits in the ring.
    kFaulted,
  };
  /// Sends packets of `segment_budget` segments in all into `sink` and completes them; the last one
  /// may have more. Before each packet the sink is asked whether it is ready. A frame that is not
  /// to be segmented counts as one. A packet whose last descriptor is not posted yet waits.
  virtual Outcome process(std::uint32_t segment_budget, net::FrameSink& sink) = 0;

  /// True once after completions were written since the last call.
  virtual bool take_interrupt_request() = 0;

  [[nodiscard]] virtual bool faulted() const = 0;
  [[nodiscard]] virtual const TxQueueConfig& config() const = 0;
  [[nodiscard]] virtual const TxStatistics& statistics() const = 0;
};

}  // namespace nobounce::emulator::gvnic
