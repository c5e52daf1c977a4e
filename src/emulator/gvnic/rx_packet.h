// SPDX-License-Identifier: Apache-2.0
// RxPacket: a packet that has taken buffers off the ring and is not completed yet. It may live on
// while the guest's memory is mapped anew, hence addresses, not pointers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "emulator/gvnic/arrival.h"
#include "emulator/net/frame.h"

namespace nobounce::emulator::gvnic {

struct RxPacket {
  /// Most buffers that a packet is spread over.
  static constexpr std::size_t kMaxBuffers = 64;

  struct Buffer {
    std::uint64_t address;
    std::uint16_t id;
  };

  net::HeaderLayout layout;
  Arrival arrival;
  std::uint32_t payload_bytes = 0;
  std::uint32_t body_bytes = 0;     ///< In buffers: payload, and headers that are not split off.
  std::uint16_t header_bytes = 0;   ///< Valid in `headers`.
  std::uint16_t segment_bytes = 0;  ///< Of a coalesced packet, else 0.
  bool checksums_verified = false;
  bool is_split = false;
  std::uint64_t header_address = 0;
  std::size_t buffer_count = 0;
  std::array<Buffer, kMaxBuffers> buffers;                  // the first `buffer_count` are set
  std::array<std::byte, net::kMaxHeaderBytes> header_copy;  // the first `header_bytes` are set

  [[nodiscard]] std::span<std::byte> headers() {
    return std::span(header_copy).first(header_bytes);
  }
};

}  // namespace nobounce::emulator::gvnic
