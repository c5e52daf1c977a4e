// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rx_queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/gvnic/rsc_flow.h"
#include "emulator/gvnic/rx_rings.h"
#include "emulator/net/frame_queue.h"
#include "emulator/net/segment.h"

namespace nobounce::emulator::gvnic {
namespace {

/// Flows whose segments a queue coalesces at a time; one more closes the oldest.
constexpr std::size_t kMaxRscFlows = 8;

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
      if (!place(backlog_.front(), backlog_.front_note())) return;
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

  bool end_turn() override {
    if (!has_open_packets()) return false;
    for (RscFlow& flow : flows_) {
      if (flow.is_open() && !std::exchange(flow.is_touched, false)) close(flow);
    }
    return has_open_packets();
  }
  [[nodiscard]] bool has_open_packets() const override { return !faulted_ && open_flows_ != 0; }
  void set_max_frame_bytes(std::uint32_t bytes) override { max_frame_bytes_ = bytes; }
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
    const std::uint32_t headers_in_buffers = rings_.splits(header_bytes) ? 0 : header_bytes;
    if (max_rsc_body_bytes() < headers_in_buffers + segment_bytes) return segment_bytes;
    const std::uint32_t room = std::min(ip_room, max_rsc_body_bytes() - headers_in_buffers);
    return room - room % segment_bytes;
  }

  [[nodiscard]] std::uint32_t max_rsc_body_bytes() const {
    return std::min(RscFlow::kMaxBuffers, rings_.max_buffers()) * config_.packet_buffer_bytes;
  }

  /// Order is kept: while frames wait, new ones wait behind them.
  void admit(const net::Frame& packet, const Arrival& arrival) {
    if (faulted_) {
      ++statistics_.dropped_queue_ended;
    } else if (!backlog_.is_empty() || !place(packet, arrival)) {
      ++(backlog_.push(packet, arrival) ? statistics_.waiting : statistics_.dropped_no_buffers);
    }
  }

  /// False if the frame must wait. What can never be placed is dropped.
  bool place(const net::Frame& frame, const Arrival& arrival) {
    if (!config_.rsc) return place_alone(frame, arrival);
    close_aged(arrival.time_ns);
    const bool lacks_ports =
        frame.layout.ip_protocol == net::kProtocolTcp && frame.layout.l4 != net::L4::kTcp;
    if (lacks_ports) close_all();  // it may be of any flow, and order is kept
    if (RscFlow* const flow = flow_of(frame)) {
      if (flow->can_join(frame, max_rsc_body_bytes())) return join(*flow, frame);
      close(*flow);
    }
    const bool is_placed =
        RscFlow::can_start(frame) ? open_flow(frame, arrival) : place_alone(frame, arrival);
    if (!is_placed) close_all();  // the driver needs those buffers to post new ones
    return is_placed;
  }

  bool place_alone(const net::Frame& frame, const Arrival& arrival) {
    const Placed placed = rings_.begin(frame, arrival, packet_);
    if (placed != Placed::kDone) return settle(placed);
    complete(packet_, 1);
    return true;
  }

  void complete(RxPacket& packet, std::uint32_t frames) {
    // A fault may have come between its beginning and this: what follows a gap is not handed over.
    if (faulted_ || rings_.complete(packet) != Placed::kDone) {
      fault();
      statistics_.dropped_queue_ended += frames;
      return;
    }
    ++statistics_.packets;
    statistics_.bytes += std::uint64_t{packet.header_bytes} + packet.payload_bytes;
    if (packet.segment_bytes != 0) {
      ++statistics_.rsc_packets;
      statistics_.rsc_segments +=
          (packet.payload_bytes + packet.segment_bytes - 1) / packet.segment_bytes;
    }
    if (packet.is_split) ++statistics_.header_split_packets;
    interrupt_requested_ = true;
  }

  [[nodiscard]] RscFlow* flow_of(const net::Frame& frame) {
    if (open_flows_ == 0) return nullptr;
    const auto flow =
        std::ranges::find_if(flows_, [&](const RscFlow& it) { return it.is_of(frame); });
    return flow != flows_.end() ? &*flow : nullptr;
  }

  bool open_flow(const net::Frame& frame, const Arrival& arrival) {
    if (open_flows_ == flows_.size()) close(*std::ranges::min_element(flows_, {}, &RscFlow::order));
    RscFlow& flow = *std::ranges::find_if(flows_, [](const RscFlow& it) { return !it.is_open(); });
    const Placed placed = rings_.begin(frame, arrival, flow.packet);
    if (placed != Placed::kDone) return settle(placed);
    flow.start(frame, ++flows_opened_);
    if (open_flows_++ == 0) oldest_ns_ = arrival.time_ns;
    ++statistics_.waiting;
    return true;
  }

  bool join(RscFlow& flow, const net::Frame& frame) {
    const Placed placed = rings_.append(frame, flow.packet);
    if (placed != Placed::kDone) {
      if (placed == Placed::kNoBuffers) close_all();
      return settle(placed);
    }
    ++statistics_.waiting;
    if (!flow.join(frame)) close(flow);
    return true;
  }

  void close(RscFlow& flow) {
    const std::uint32_t segments = flow.segments();
    flow.finish();
    --open_flows_;
    statistics_.waiting -= segments;
    complete(flow.packet, segments);
  }

  void close_all() {
    for (RscFlow& flow : flows_) {
      if (flow.is_open()) close(flow);
    }
  }

  void close_aged(std::uint64_t now_ns) {
    if (open_flows_ == 0 || now_ns <= oldest_ns_ + RscFlow::kMaxAgeNs) return;
    oldest_ns_ = now_ns;
    for (RscFlow& flow : flows_) {
      if (!flow.is_open()) continue;
      if (now_ns > flow.opened_ns() + RscFlow::kMaxAgeNs) {
        close(flow);
      } else {
        oldest_ns_ = std::min(oldest_ns_, flow.opened_ns());
      }
    }
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
    if (!std::exchange(faulted_, true)) ++statistics_.malformed;
  }

  RxQueueConfig config_;
  std::uint32_t max_frame_bytes_;
  RxRings rings_;
  net::FrameQueue<Arrival> backlog_;
  RxPacket packet_;  // of a frame that is completed at once
  std::array<RscFlow, kMaxRscFlows> flows_;
  std::size_t open_flows_ = 0;
  std::uint64_t flows_opened_ = 0;
  std::uint64_t oldest_ns_ = 0;  // no open flow is older; while there are any
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
