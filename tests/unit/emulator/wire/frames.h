// SPDX-License-Identifier: Apache-2.0
// Frames for the wire's tests, and stations that take them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "emulator/net/checksum.h"
#include "emulator/net/frame.h"
#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::wire {

using net::Bytes;

/// A frame over bytes of its own. Neither movable nor copyable, as the frame points into it.
class OwnedFrame {
 public:
  /// Checksums as `bytes` has them; `segment_bytes` other than 0 marks it for segmentation.
  explicit OwnedFrame(Bytes bytes, std::uint16_t segment_bytes = 0) : bytes_(std::move(bytes)) {
    const auto size = static_cast<std::uint32_t>(bytes_.size());
    frame_.layout = net::parse_headers(bytes_, size);
    frame_.headers = std::span(bytes_).first(frame_.layout.header_bytes);
    piece_ = std::span(bytes_).subspan(frame_.layout.header_bytes);
    frame_.payload = {&piece_, piece_.empty() ? 0U : 1U};
    frame_.payload_bytes = static_cast<std::uint32_t>(piece_.size());
    frame_.segment_bytes = segment_bytes;
    frame_.checksums = segment_bytes == 0 ? net::Checksums::kUnverified : net::Checksums::kPending;
  }
  OwnedFrame(const OwnedFrame&) = delete;
  OwnedFrame& operator=(const OwnedFrame&) = delete;

  [[nodiscard]] const net::Frame& frame() const { return frame_; }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  net::Piece piece_;
  net::Frame frame_;
};

/// An Ethernet frame of no protocol known: 14 bytes of header and `payload_bytes` of `fill`.
inline Bytes ethernet(std::uint64_t destination, std::uint64_t source,
                      std::size_t payload_bytes = 46, unsigned fill = 0) {
  Bytes bytes;
  net::builder::put(bytes, destination, 6);
  net::builder::put(bytes, source, 6);
  net::builder::put(bytes, 0x88b5, 2);
  bytes.resize(bytes.size() + payload_bytes, static_cast<std::byte>(fill));
  return bytes;
}

/// As they stand on a wire; those of a frame to be segmented are as they came.
inline Bytes bytes_of(const net::Frame& frame) {
  Bytes bytes(frame.headers.begin(), frame.headers.end());
  if (frame.segment_bytes == 0 && frame.checksums == net::Checksums::kPending)
    net::finish_checksums(bytes, frame);
  for (const net::Piece& piece : frame.payload)
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  return bytes;
}

/// Takes frames and keeps copies; may answer from within.
struct Station final : net::FrameSink {
  void accept(const net::Frame& frame) override {
    last = &frame;
    frames.push_back(bytes_of(frame));
    segment_bytes.push_back(frame.segment_bytes);
    checksums.push_back(frame.checksums);
    if (answer_to != nullptr) answer_to->accept(frame);
  }

  std::vector<Bytes> frames;
  std::vector<std::uint16_t> segment_bytes;
  std::vector<net::Checksums> checksums;
  const net::Frame* last = nullptr;
  net::FrameSink* answer_to = nullptr;
};

}  // namespace nobounce::emulator::wire
