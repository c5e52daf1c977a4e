// SPDX-License-Identifier: Apache-2.0
// MacTable: behind which port of a switch a station was last heard. Source: IEEE 802.1Q, clauses
// 8.7 (learning) and 8.8 (filtering); entries don't age, they are replaced.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace nobounce::emulator::wire {

/// A MAC address as a number, its first byte highest.
struct Mac {
  static constexpr std::size_t kBytes = 6;

  /// `bytes` are at least kBytes.
  static Mac read(std::span<const std::byte> bytes);
  /// Broadcast is one of them.
  [[nodiscard]] bool is_multicast() const { return (value >> 40 & 1) != 0; }

  std::uint64_t value = 0;
};

/// A set-associative table of kEntries places: a new station takes the place of the one in its set
/// that was not heard for the longest time. Nothing that stations send makes it grow.
class MacTable {
 public:
  static constexpr std::size_t kEntries = 1024;

  /// `station` was heard at `port`: it is there now, wherever it was.
  void learn(Mac station, std::uint32_t port);
  [[nodiscard]] std::optional<std::uint32_t> port_of(Mac station) const;
  /// All that were heard at `port` are unknown again.
  void forget(std::uint32_t port);

 private:
  struct Entry {
    std::uint64_t station = 0;
    std::uint64_t heard = 0;  // the table's count of lessons then; 0: empty
    std::uint32_t port = 0;
  };
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kSets = kEntries / kWays;
  using Set = std::array<Entry, kWays>;

  static std::size_t set_of(Mac station);

  std::array<Set, kSets> sets_{};
  std::uint64_t lessons_ = 0;
};

}  // namespace nobounce::emulator::wire
