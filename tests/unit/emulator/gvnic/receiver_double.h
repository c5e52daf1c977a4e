// SPDX-License-Identifier: Apache-2.0
// A receive queue with its driver and memory, and frames to deliver to it.
#pragma once

#include <memory>

#include "emulator/gvnic/rx_queue.h"
#include "unit/emulator/gvnic/driver_double.h"

namespace nobounce::emulator::gvnic {

inline constexpr std::uint32_t kMru = 9018;
inline constexpr std::uint32_t kHash = 0xcafe'f00d;
inline constexpr std::uint64_t kTimeNs = 0x1'8765'4321;

/// A frame over bytes that it holds; the payload is one piece.
struct OwnedFrame {
  explicit OwnedFrame(Bytes packet, std::uint16_t segment_bytes = 0, bool checksums_are_good = true)
      : bytes(std::move(packet)) {
    frame.layout = net::parse_headers(bytes, static_cast<std::uint32_t>(bytes.size()));
    frame.headers = std::span(bytes).first(frame.layout.header_bytes);
    payload = std::span(bytes).subspan(frame.layout.header_bytes);
    frame.payload = {&payload, payload.empty() ? 0u : 1u};
    frame.payload_bytes = static_cast<std::uint32_t>(payload.size());
    frame.segment_bytes = segment_bytes;
    frame.checksums = segment_bytes != 0   ? net::Checksums::kPending
                      : checksums_are_good ? net::Checksums::kGood
                                           : net::Checksums::kUnverified;
  }
  OwnedFrame(const OwnedFrame&) = delete;

  Bytes bytes;
  net::Piece payload;
  net::Frame frame;
};

/// A receiver with its driver.
struct Receiver {
  explicit Receiver(const RxDriver::Options& options, std::uint32_t mru = kMru)
      : driver(ram, options),
        queue(std::move(RxQueue::create(driver.config(), mru, ram.memory())).value()) {}

  void post(std::size_t count) {
    driver.post(count);
    queue->ring_doorbell(driver.tail());
  }
  void post_all() { post(driver.config().buffer_entries); }
  void deliver(const OwnedFrame& frame, std::uint64_t time_ns = kTimeNs) {
    queue->deliver(frame.frame, {.rss_hash = kHash, .time_ns = time_ns});
  }

  GuestRam ram;
  RxDriver driver;
  std::unique_ptr<RxQueue> queue;
};

inline Bytes numbered_payload(std::size_t bytes, unsigned first = 0) {
  Bytes payload(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    payload[i] = static_cast<std::byte>((i * 7 + first) & 0xff);
  return payload;
}

}  // namespace nobounce::emulator::gvnic
