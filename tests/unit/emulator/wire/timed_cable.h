// SPDX-License-Identifier: Apache-2.0
// A cable whose time the test sets: side 0 sends, side 1 notes what came when.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "emulator/wire/wire.h"
#include "unit/emulator/wire/frames.h"

namespace nobounce::emulator::wire {

struct Arrival {
  std::uint64_t ns = 0;
  Bytes bytes;
  std::uint16_t segment_bytes = 0;
  net::Checksums checksums = net::Checksums::kUnverified;

  bool operator==(const Arrival&) const = default;
};

class TimedCable {
 public:
  static constexpr std::uint64_t kStartNs = 5'000'000'000;

  explicit TimedCable(const Impairments& impairments, WireOptions options = {})
      : wire_(Wire::make(options)), receiver_(now_ns_, arrivals) {
    wire_->plug(1, &receiver_);
    wire_->set_impairments(0, impairments);
    next_ns = wire_->run(now_ns_);
  }
  TimedCable(const TimedCable&) = delete;
  TimedCable& operator=(const TimedCable&) = delete;

  void send(const Bytes& bytes, std::uint16_t segment_bytes = 0) {
    const OwnedFrame owned(bytes, segment_bytes);
    send(owned.frame());
  }
  void send(const net::Frame& frame) {
    wire_->entry(0).accept(frame);
    next_ns = wire_->run(now_ns_);
  }
  /// Goes from event to event, and ends at `ns`.
  void run_until(std::uint64_t ns) {
    while (next_ns && *next_ns <= ns) {
      now_ns_ = std::max(now_ns_, *next_ns);
      next_ns = wire_->run(now_ns_);
    }
    now_ns_ = ns;
    next_ns = wire_->run(now_ns_);
  }
  void advance(std::uint64_t ns) { run_until(now_ns_ + ns); }
  /// Goes on until nothing waits.
  void drain() {
    while (next_ns)
      run_until(std::max(now_ns_, *next_ns));
  }

  [[nodiscard]] Wire& wire() { return *wire_; }
  [[nodiscard]] net::FrameSink& entry() { return wire_->entry(0); }
  [[nodiscard]] PortStatistics sent() const { return wire_->statistics(0); }
  [[nodiscard]] PortStatistics taken() const { return wire_->statistics(1); }
  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
  /// What is sent equals what became of it.
  [[nodiscard]] bool adds_up() const {
    const PortStatistics a = sent();
    return a.frames + a.duplicated == taken().delivered_frames + a.lost + a.dropped_queue_full +
                                          a.dropped_unplugged + a.dropped_partitioned +
                                          a.dropped_in_delivery + a.waiting_frames;
  }

  std::vector<Arrival> arrivals;
  std::optional<std::uint64_t> next_ns;

 private:
  struct Receiver final : net::FrameSink {
    Receiver(const std::uint64_t& clock, std::vector<Arrival>& to) : now_ns(clock), arrivals(to) {}
    void accept(const net::Frame& frame) override {
      arrivals.push_back({now_ns, bytes_of(frame), frame.segment_bytes, frame.checksums});
    }
    const std::uint64_t& now_ns;
    std::vector<Arrival>& arrivals;
  };

  std::uint64_t now_ns_ = kStartNs;
  std::unique_ptr<Wire> wire_;
  Receiver receiver_;
};

/// A frame that can be told from others by its number.
inline Bytes numbered(std::uint64_t number, std::size_t payload_bytes = 46) {
  return ethernet(0x0200'0000'0002, number, payload_bytes);
}
inline std::uint64_t number_of(const Bytes& frame) {
  std::uint64_t number = 0;
  for (std::size_t i = 6; i < 12; ++i)
    number = number << 8 | static_cast<std::uint64_t>(frame[i]);
  return number;
}

}  // namespace nobounce::emulator::wire
