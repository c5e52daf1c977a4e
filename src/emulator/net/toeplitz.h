// SPDX-License-Identifier: Apache-2.0
// The Toeplitz hash of receive side scaling, by table look-up. Source: Microsoft's "RSS hashing
// functions" and "Verifying the RSS hash calculation".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nobounce::emulator::net {

/// The hash under one key. The hash is linear: each nibble of the input adds (by exclusive or) what
/// depends on its value and place alone, so the table is made once a key, and hashing is two
/// look-ups a byte. Nibbles rather than bytes keep the table (4.5 KiB) inside the L1 cache.
class Toeplitz {
 public:
  static constexpr std::size_t kKeyBytes = 40;
  /// IPv6 addresses and ports: the longest input there is.
  static constexpr std::size_t kMaxInputBytes = 36;

  explicit Toeplitz(std::span<const std::byte, kKeyBytes> key);

  /// `input` is in network order (addresses, then ports), at most kMaxInputBytes.
  [[nodiscard]] std::uint32_t hash(std::span<const std::byte> input) const;

 private:
  std::array<std::array<std::uint32_t, 16>, 2 * kMaxInputBytes> table_;
};

}  // namespace nobounce::emulator::net
