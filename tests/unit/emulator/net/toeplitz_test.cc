// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/toeplitz.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::net {
namespace {

// The key and the vectors of Microsoft's "Verifying the RSS hash calculation".
constexpr std::uint8_t kKey[Toeplitz::kKeyBytes] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

struct Vector {
  const char* source;
  std::uint16_t source_port;
  const char* destination;
  std::uint16_t destination_port;
  std::uint32_t hash_of_addresses;
  std::uint32_t hash_with_ports;
};

constexpr Vector kVectors[] = {
    {"66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178},
    {"199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea},
    {"24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a},
    {"38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f},
    {"153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2},
    {"3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d},
    {"3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf},
    {"3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4b61e985,
     0x02d1feef},
};

void append_address(Bytes& input, const char* text) {
  std::byte address[16];
  const bool is_ipv6 = inet_pton(AF_INET6, text, address) == 1;
  if (!is_ipv6) {
    ASSERT_EQ(inet_pton(AF_INET, text, address), 1);
  }
  input.insert(input.end(), address, address + (is_ipv6 ? 16 : 4));
}

TEST(Toeplitz, GivesThePublishedHashes) {
  const Toeplitz toeplitz(std::as_bytes(std::span(kKey)));
  for (const Vector& vector : kVectors) {
    Bytes input;
    append_address(input, vector.source);
    append_address(input, vector.destination);
    EXPECT_EQ(toeplitz.hash(input), vector.hash_of_addresses) << vector.source;
    std::byte ports[4];
    store_be(ports, vector.source_port);
    store_be(ports + 2, vector.destination_port);
    input.insert(input.end(), ports, ports + 4);
    EXPECT_EQ(toeplitz.hash(input), vector.hash_with_ports) << vector.source;
  }
}

/// The definition: for each set bit of the input, the key shifted left by its place.
std::uint32_t hash_bit_by_bit(const Bytes& key, const Bytes& input) {
  const auto bit_of = [](const Bytes& bytes, std::size_t bit) {
    return static_cast<unsigned>(bytes[bit / 8]) >> (7 - bit % 8) & 1;
  };
  std::uint32_t hash = 0;
  for (std::size_t bit = 0; bit < 8 * input.size(); ++bit) {
    if (bit_of(input, bit) == 0) continue;
    std::uint32_t window = 0;
    for (std::size_t i = 0; i < 32; ++i)
      window = window << 1 | bit_of(key, bit + i);
    hash ^= window;
  }
  return hash;
}

TEST(Toeplitz, AgreesWithTheDefinition) {
  Random random(10);
  for (int round = 0; round < 300; ++round) {
    const Bytes key = random_bytes(random, Toeplitz::kKeyBytes);
    const Bytes input = random_bytes(random, up_to(random, Toeplitz::kMaxInputBytes));
    const Toeplitz toeplitz{std::span<const std::byte, Toeplitz::kKeyBytes>(key)};
    EXPECT_EQ(toeplitz.hash(input), hash_bit_by_bit(key, input));
  }
}

}  // namespace
}  // namespace nobounce::emulator::net
