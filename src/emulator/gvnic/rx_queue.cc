// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rx_queue.h"

#include <algorithm>
#include <utility>

#include "emulator/gvnic/rx_backlog.h"
#include "emulator/gvnic/rx_rings.h"
#include "emulator/net/segment.h"

namespace nobounce::emulator::gvnic {
namespace {

/// Most buffers of a coalesced packet. The driver expects at most 19, and 17 are what one socket
/// buffer holds by default (MAX_SKB_FRAGS); 64 KiB in 4 KiB buffers fits.
constexpr std::uint32_t kMaxRscBuffers = 17;

class DqoRxQueue final : public RxQueue {
 public:
  DqoRxQueue(const RxQueueConfig& config, std::uint32_t max_frame_bytes, RxRings rings)
      : config_(config),
        max_frame_bytes_(max_frame_bytes),
        rings_(rings),
        backlog_(kBacklogBytes) {}

  void ring_doorbell(std::uint32_t tail) override {
    if (!faulted_ && !rings_.post(tail)) fault();
  }

  void drain_backlog() override {
    while (!faulted_ && !backlog_.is_empty()) {
      if (!place(backlog_.front(), backlog_.front_arrival())) return;
      backlog_.pop();
      --statistics_.waiting;
    }
  }

  void deliver(const net::Frame& frame, const Arrival& arrival) override {
    if (faulted_) {
      ++statistics_.dropped_queue_ended;
      return;
    }
    const std::uint32_t largest_payload =
        frame.segment_bytes == 0
            ? frame.payload_bytes
            : std::min<std::uint32_t>(frame.segment_bytes, frame.payload_bytes);
    if (frame.headers.size() + largest_payload > max_frame_bytes_) {
      ++statistics_.dropped_over_mru;
    } else if (frame.segment_bytes != 0) {
      deliver_in_parts(frame, arrival);
    } else {
      admit(frame, arrival);
    }
  }

  void set_max_frame_bytes(std::uint32_t bytes) override { max_frame_bytes_ = bytes; }
  bool end_turn() override { return false; }
  bool take_interrupt_request() override { return std::exchange(interrupt_requested_, false); }
  [[nodiscard]] bool faulted() const override { return faulted_; }
  [[nodiscard]] const RxQueueConfig& config() const override { return config_; }
  [[nodiscard]] const RxStatistics& statistics() const override { return statistics_; }

 private:
  void deliver_in_parts(const net::Frame& frame, const Arrival& arrival) {
    const std::uint32_t part_bytes = max_part_bytes(frame);
    if (frame.payload_bytes <= part_bytes && part_bytes > frame.segment_bytes) {
      admit(frame, arrival);
      return;
    }
    net::Segmenter parts(frame, part_bytes);
    while (const net::Frame* const part = parts.next())
      admit(*part, arrival);
  }

  /// Payload bytes that go to the driver as one packet: one segment, or as many as one coalesced
  /// packet holds.
  [[nodiscard]] std::uint32_t max_part_bytes(const net::Frame& frame) const {
    const std::uint32_t segment_bytes = frame.segment_bytes;
    if (!config_.rsc || frame.layout.l4 != net::L4::kTcp) return segment_bytes;
    const auto header_bytes = static_cast<std::uint32_t>(frame.headers.size());
    const std::uint32_t ip_room = net::kMaxIpLength - (header_bytes - frame.layout.l3_offset);
    const std::uint32_t buffers = std::min(kMaxRscBuffers, rings_.max_buffers());
    const std::uint32_t headers_in_buffers = rings_.splits(header_bytes) ? 0 : header_bytes;
    const std::uint32_t buffer_room = buffers * config_.packet_buffer_bytes;
    if (buffer_room < headers_in_buffers + segment_bytes) return segment_bytes;
    const std::uint32_t room = std::min(ip_room, buffer_room - headers_in_buffers);
    return room - room % segment_bytes;
  }

  /// Order is kept: while frames wait, new ones wait behind them.
  void admit(const net::Frame& packet, const Arrival& arrival) {
    if (faulted_) {
      ++statistics_.dropped_queue_ended;
    } else if (!backlog_.is_empty() || !place(packet, arrival)) {
      ++(backlog_.push(packet, arrival) ? statistics_.waiting : statistics_.dropped_no_buffers);
    }
  }

  /// False if the packet must wait. What can never be placed is dropped.
  bool place(const net::Frame& frame, const Arrival& arrival) {
    const Placed placed = rings_.begin(frame, arrival, packet_);
    return placed == Placed::kDone ? complete() : settle(placed);
  }

  bool complete() {
    const Placed placed = rings_.complete(packet_);
    if (placed != Placed::kDone) return settle(placed);
    ++statistics_.packets;
    statistics_.bytes += std::uint64_t{packet_.header_bytes} + packet_.payload_bytes;
    if (packet_.segment_bytes != 0) {
      ++statistics_.rsc_packets;
      statistics_.rsc_segments +=
          (packet_.payload_bytes + packet_.segment_bytes - 1) / packet_.segment_bytes;
    }
    if (packet_.is_split) ++statistics_.header_split_packets;
    interrupt_requested_ = true;
    return true;
  }

  /// What becomes of a frame that was not placed: false if it must wait.
  bool settle(Placed placed) {
    switch (placed) {
      case Placed::kTooBig:
        ++statistics_.dropped_over_mru;
        return true;
      case Placed::kBadChecksum:
        ++statistics_.dropped_invalid_checksum;
        return true;
      case Placed::kMalformed:
        fault();
        ++statistics_.dropped_queue_ended;
        return true;
      case Placed::kNoBuffers:
      case Placed::kDone:
        break;
    }
    return false;
  }

  void fault() {
    faulted_ = true;
    ++statistics_.malformed;
  }

  RxQueueConfig config_;
  std::uint32_t max_frame_bytes_;
  RxRings rings_;
  RxBacklog backlog_;
  RxPacket packet_;
  bool interrupt_requested_ = false;
  bool faulted_ = false;
  RxStatistics statistics_;
};

}  // namespace

Result<std::unique_ptr<RxQueue>> RxQueue::create(const RxQueueConfig& config,
                                                 std::uint32_t max_frame_bytes,
                                                 const vfio_user::GuestMemory& memory) {
  NB_ASSIGN(RxRings rings, RxRings::open(config, memory));
  return std::make_unique<DqoRxQueue>(config, max_frame_bytes, rings);
}

}  // namespace nobounce::emulator::gvnic
