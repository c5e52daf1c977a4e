// SPDX-License-Identifier: Apache-2.0
// FlatFrame: one frame in one run of bytes of its own, where it may be changed, or put by a read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "emulator/net/frame.h"

namespace nobounce::emulator::wire {

/// Neither movable nor copyable: its frame points into it.
class FlatFrame {
 public:
  /// The longest segment that there can be, and more than any NIC or kernel interface sends.
  static constexpr std::size_t kMaxBytes = net::kMaxHeaderBytes + 65535;

  FlatFrame() : bytes_(std::make_unique_for_overwrite<std::byte[]>(kMaxBytes)) {}
  FlatFrame(const FlatFrame&) = delete;
  FlatFrame& operator=(const FlatFrame&) = delete;

  [[nodiscard]] std::span<std::byte> room() { return {bytes_.get(), kMaxBytes}; }

  /// Copies a frame that is not to be segmented, and fills in the checksum if it is pending.
  /// The copy's bytes; none, with nothing copied, above kMaxBytes.
  std::span<std::byte> copy(const net::Frame& frame);

  /// The first `size` bytes as a frame that just came: its headers are parsed, its checksums are
  /// unverified. Good until the next call of anything here.
  const net::Frame& parse(std::size_t size, std::uint8_t tx_queue);

 private:
  std::unique_ptr<std::byte[]> bytes_;
  net::Piece payload_;
  net::Frame frame_;
};

}  // namespace nobounce::emulator::wire
