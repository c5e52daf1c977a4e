// SPDX-License-Identifier: Apache-2.0
// Blocks of the capture format pcapng, written into memory. Source: draft-ietf-opsawg-pcapng,
// sections 3 and 4. Little-endian; options and blocks are padded to 32 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "emulator/net/frame.h"

namespace nobounce::emulator::wire::pcapng {

/// Who has written the file, at its beginning.
struct Section {
  std::string_view hardware;
  std::string_view os;
  std::string_view application;
};

struct Interface {
  std::string_view name;
  std::uint64_t speed_bits_per_s = 0;  ///< 0: not said.
  std::uint32_t snap_bytes = 0;        ///< 0: no limit.
};

struct Packet {
  std::uint32_t interface = 0;
  std::uint64_t time_ns = 0;  ///< Since 1970.
  std::span<const std::byte> headers;
  std::span<const net::Piece> payload;
  std::uint32_t bytes = 0;           ///< Of headers and payload.
  std::uint32_t captured_bytes = 0;  ///< As many of them are written, from the first on.
  std::uint32_t queue = 0;
  std::string_view comment;  ///< Empty: none.
};

/// Bytes that stand beside names, comment and captured bytes in any block.
inline constexpr std::size_t kMostOverheadBytes = 128;

/// Each writes one block to the start of `to`, which has room for it, and returns its size, a
/// multiple of 4.
std::size_t write(std::span<std::byte> to, const Section& section);
std::size_t write(std::span<std::byte> to, const Interface& interface);
/// As sent by its interface.
std::size_t write(std::span<std::byte> to, const Packet& packet);

}  // namespace nobounce::emulator::wire::pcapng
