// SPDX-License-Identifier: Apache-2.0
// RxQueue: one DQO receive queue, from frames to buffers and completions in guest memory.
//
// Splits headers from payload where the queue has header buffers, delivers a TSO frame whole as a
// coalesced (RSC) packet where the queue allows it and cut into segments where not, coalesces the
// consecutive segments of a flow (RscFlow) whoever sent them, and verifies checksums that no NIC
// filled in. While the driver has posted no buffers a bounded backlog holds
// frames (kBacklogBytes); past that they are dropped and counted.
// Source: gve_desc_dqo.h and gve_rx_dqo.c of the Linux kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "emulator/gvnic/arrival.h"
#include "emulator/gvnic/queue_config.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

struct RxStatistics {
  std::uint64_t packets = 0;  ///< Packets completed to the driver; a coalesced one counts once.
  std::uint64_t bytes = 0;
  std::uint64_t rsc_packets = 0;   ///< Of them coalesced ones.
  std::uint64_t rsc_segments = 0;  ///< The segments that those are on a wire.
  std::uint64_t header_split_packets = 0;
  std::uint64_t waiting = 0;  ///< Frames in the backlog and in open coalesced packets now.
  std::uint64_t dropped_no_buffers = 0;   ///< The backlog was full.
  std::uint64_t dropped_queue_ended = 0;  ///< The queue faulted, or was destroyed as they waited.
  std::uint64_t dropped_invalid_checksum = 0;
  std::uint64_t dropped_over_mru = 0;  ///< Or larger than all buffers that the ring can hold.
  std::uint64_t malformed = 0;         ///< Faults: bad buffer addresses and bad doorbells.
};

class RxQueue {
 public:
  virtual ~RxQueue() = default;

  /// Most bytes of frames that wait for buffers, a queue.
  static constexpr std::size_t kBacklogBytes = std::size_t{2} << 20;

  /// `max_frame_bytes` is the MRU: larger packets (for TSO frames: larger segments) are dropped.
  /// Errors: kInvalidArgument where a ring is not wholly in guest memory.
  static Result<std::unique_ptr<RxQueue>> create(const RxQueueConfig& config,
                                                 std::uint32_t max_frame_bytes,
                                                 const vfio_user::GuestMemory& memory);

  /// The driver's doorbell: the buffer ring index one past its last posted buffer. Frames that
  /// waited are delivered by the next `drain_backlog`.
  virtual void ring_doorbell(std::uint32_t tail) = 0;
  virtual void drain_backlog() = 0;

  /// Delivers, queues or drops a frame.
  virtual void deliver(const net::Frame& frame, const Arrival& arrival) = 0;

  /// To be called once a turn, after the frames of it. Coalesced packets that the turn brought
  /// nothing for are completed. True while others are open, and another turn is wanted for them.
  virtual bool end_turn() = 0;
  /// True while coalesced packets are open: they wait for another `end_turn`.
  [[nodiscard]] virtual bool has_open_packets() const = 0;

  /// A new MRU, for what is delivered from now on.
  virtual void set_max_frame_bytes(std::uint32_t bytes) = 0;

  /// True once after completions were written since the last call.
  virtual bool take_interrupt_request() = 0;

  [[nodiscard]] virtual bool faulted() const = 0;
  [[nodiscard]] virtual const RxQueueConfig& config() const = 0;
  [[nodiscard]] virtual const RxStatistics& statistics() const = 0;
};

}  // namespace nobounce::emulator::gvnic
