// SPDX-License-Identifier: Apache-2.0
// Builds packets byte by byte, and does slowly and obviously what the emulator does fast: the other
// side of the differential tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace nobounce::emulator::net {

using Bytes = std::vector<std::byte>;
using Random = std::mt19937_64;

Bytes random_bytes(Random& random, std::size_t count);
std::uint64_t up_to(Random& random, std::uint64_t most);

struct PacketOptions {
  bool ipv6 = false;
  bool udp = false;
  int vlan_tags = 0;
  std::size_t ip_options_bytes = 0;   ///< IPv4: a multiple of 4, at most 40.
  std::size_t extension_bytes = 0;    ///< IPv6: destination options, a multiple of 8.
  std::size_t tcp_options_bytes = 0;  ///< A multiple of 4, at most 40.
  std::uint8_t tcp_flags = 0x10;
  std::uint16_t source_port = 1000;
  std::uint16_t destination_port = 2000;
  std::uint16_t ip_id = 0xfffe;
  std::uint32_t sequence = 0xfffff000;
};

/// A packet with right lengths and checksums. Lengths that 16 bits can't hold are 0.
Bytes build_packet(const PacketOptions& options, std::span<const std::byte> payload);

/// The offsets that build_packet gave things.
std::size_t l3_offset_of(const PacketOptions& options);
std::size_t l4_offset_of(const PacketOptions& options);
std::size_t header_bytes_of(const PacketOptions& options);

/// Options of all kinds, for TCP or UDP.
PacketOptions random_options(Random& random);

/// The Internet checksum, a 16-bit word at a time.
std::uint16_t slow_checksum(std::span<const std::byte> bytes);

/// The packets that a sender without offloads would send for `payload` in segments of `mss` bytes.
std::vector<Bytes> slow_segments(const PacketOptions& options, std::span<const std::byte> payload,
                                 std::size_t mss);

/// Cuts bytes into pieces of random sizes, odd ones among them; none is empty.
std::vector<std::span<const std::byte>> random_pieces(Random& random,
                                                      std::span<const std::byte> bytes,
                                                      std::size_t most_pieces);

// Below this line: how.

namespace builder {

inline void put(Bytes& bytes, std::uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::byte>(value >> shift & 0xff));
  }
}

inline void put_at(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value & 0xff);
}

inline std::uint64_t length_field(std::size_t length) {
  return length > 65535 ? 0 : length;
}

inline void put_link(Bytes& packet, const PacketOptions& options) {
  put(packet, 0x0200'0000'0002, 6);
  put(packet, 0x0200'0000'0001, 6);
  for (int tag = 0; tag < options.vlan_tags; ++tag) {
    put(packet, tag + 1 < options.vlan_tags ? 0x88a8 : 0x8100, 2);
    put(packet, 100 + static_cast<unsigned>(tag), 2);
  }
  put(packet, options.ipv6 ? 0x86dd : 0x0800, 2);
}

inline void put_ipv4(Bytes& packet, const PacketOptions& options, std::size_t l4_length) {
  const std::size_t start = packet.size();
  const std::size_t header = 20 + options.ip_options_bytes;
  put(packet, 0x40 | header / 4, 1);
  put(packet, 0, 1);
  put(packet, length_field(header + l4_length), 2);
  put(packet, options.ip_id, 2);
  put(packet, 0x4000, 2);
  put(packet, 64, 1);
  put(packet, options.udp ? 17 : 6, 1);
  put(packet, 0, 2);
  put(packet, 0x0a00'0001, 4);
  put(packet, 0x0a00'0002, 4);
  for (std::size_t i = 0; i < options.ip_options_bytes; ++i)
    put(packet, 1, 1);
  put_at(packet, start + 10, slow_checksum(std::span(packet).subspan(start)));
}

inline void put_ipv6(Bytes& packet, const PacketOptions& options, std::size_t l4_length) {
  const unsigned l4 = options.udp ? 17 : 6;
  put(packet, 0x6000'0000, 4);
  put(packet, length_field(options.extension_bytes + l4_length), 2);
  put(packet, options.extension_bytes != 0 ? 60 : l4, 1);
  put(packet, 64, 1);
  for (const unsigned host : {1u, 2u}) {
    put(packet, 0xfd00'0000'0000'0000, 8);
    put(packet, host, 8);
  }
  if (options.extension_bytes != 0) {
    put(packet, l4, 1);
    put(packet, options.extension_bytes / 8 - 1, 1);
    put(packet, 1, 1);  // PadN
    put(packet, options.extension_bytes - 4, 1);
    packet.resize(packet.size() + options.extension_bytes - 4);
  }
}

inline void put_l4(Bytes& packet, const PacketOptions& options, std::size_t l4_length) {
  put(packet, options.source_port, 2);
  put(packet, options.destination_port, 2);
  if (options.udp) {
    put(packet, length_field(l4_length), 2);
    put(packet, 0, 2);
    return;
  }
  put(packet, options.sequence, 4);
  put(packet, 0x0102'0304, 4);
  put(packet, (5 + options.tcp_options_bytes / 4) << 4, 1);
  put(packet, options.tcp_flags, 1);
  put(packet, 0xffff, 2);
  put(packet, 0, 4);
  for (std::size_t i = 0; i < options.tcp_options_bytes; ++i)
    put(packet, 1, 1);
}

/// Sums pseudo header and L4 as one run of bytes.
inline std::uint16_t l4_checksum(const Bytes& packet, const PacketOptions& options) {
  const std::size_t l3 = l3_offset_of(options);
  const std::size_t l4 = l4_offset_of(options);
  Bytes summed;
  const auto append = [&](std::size_t from, std::size_t count) {
    summed.insert(summed.end(), packet.begin() + static_cast<std::ptrdiff_t>(from),
                  packet.begin() + static_cast<std::ptrdiff_t>(from + count));
  };
  append(l3 + (options.ipv6 ? 8 : 12), options.ipv6 ? 32 : 8);
  put(summed, options.udp ? 17 : 6, 4);
  put(summed, packet.size() - l4, 4);
  append(l4, packet.size() - l4);
  return slow_checksum(summed);
}

}  // namespace builder

inline Bytes random_bytes(Random& random, std::size_t count) {
  Bytes bytes(count);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random() & 0xff); });
  return bytes;
}

inline std::uint64_t up_to(Random& random, std::uint64_t most) {
  return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
}

inline std::size_t l3_offset_of(const PacketOptions& options) {
  return 14 + 4 * static_cast<std::size_t>(options.vlan_tags);
}

inline std::size_t l4_offset_of(const PacketOptions& options) {
  return l3_offset_of(options) +
         (options.ipv6 ? 40 + options.extension_bytes : 20 + options.ip_options_bytes);
}

inline std::size_t header_bytes_of(const PacketOptions& options) {
  return l4_offset_of(options) + (options.udp ? 8 : 20 + options.tcp_options_bytes);
}

inline Bytes build_packet(const PacketOptions& options, std::span<const std::byte> payload) {
  const std::size_t l4_length = (options.udp ? 8 : 20 + options.tcp_options_bytes) + payload.size();
  Bytes packet;
  builder::put_link(packet, options);
  if (options.ipv6) {
    builder::put_ipv6(packet, options, l4_length);
  } else {
    builder::put_ipv4(packet, options, l4_length);
  }
  builder::put_l4(packet, options, l4_length);
  packet.insert(packet.end(), payload.begin(), payload.end());
  std::uint16_t checksum = builder::l4_checksum(packet, options);
  if (options.udp && checksum == 0) checksum = 0xffff;
  builder::put_at(packet, l4_offset_of(options) + (options.udp ? 6 : 16), checksum);
  return packet;
}

inline PacketOptions random_options(Random& random) {
  return {.ipv6 = up_to(random, 1) == 1,
          .udp = up_to(random, 3) == 0,
          .vlan_tags = static_cast<int>(up_to(random, 2)),
          .ip_options_bytes = 4 * up_to(random, 10),
          .extension_bytes = 8 * up_to(random, 4),
          .tcp_options_bytes = 4 * up_to(random, 10),
          .tcp_flags = static_cast<std::uint8_t>(random()),
          .source_port = static_cast<std::uint16_t>(random()),
          .destination_port = static_cast<std::uint16_t>(random()),
          .ip_id = static_cast<std::uint16_t>(random()),
          .sequence = static_cast<std::uint32_t>(random())};
}

inline std::uint16_t slow_checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

inline std::vector<Bytes> slow_segments(const PacketOptions& options,
                                        std::span<const std::byte> payload, std::size_t mss) {
  std::vector<Bytes> segments;
  for (std::size_t at = 0; at < payload.size(); at += mss) {
    PacketOptions segment = options;
    const bool is_last = payload.size() - at <= mss;
    segment.ip_id = static_cast<std::uint16_t>(options.ip_id + segments.size());
    segment.sequence = options.sequence + static_cast<std::uint32_t>(at);
    if (!is_last) segment.tcp_flags &= 0xf6;  // FIN and PSH
    if (at != 0) segment.tcp_flags &= 0x7f;   // CWR
    segments.push_back(
        build_packet(segment, payload.subspan(at, std::min(mss, payload.size() - at))));
  }
  return segments;
}

inline std::vector<std::span<const std::byte>> random_pieces(Random& random,
                                                             std::span<const std::byte> bytes,
                                                             std::size_t most_pieces) {
  std::vector<std::span<const std::byte>> pieces;
  while (!bytes.empty()) {
    const bool is_last = pieces.size() + 1 == most_pieces;
    const std::size_t size = is_last ? bytes.size() : 1 + up_to(random, bytes.size() - 1);
    pieces.push_back(bytes.first(size));
    bytes = bytes.subspan(size);
  }
  return pieces;
}

}  // namespace nobounce::emulator::net
