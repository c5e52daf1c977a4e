// SPDX-License-Identifier: Apache-2.0
// The seeded pattern: an endless stream of bytes that can be made and checked from any position
// on, so that a receiver knows what must lie where without having seen what was sent, however the
// stream was cut. It finds bytes lost, repeated, swapped or shifted; it keeps no secrets.
//
// Definition: the stream of `seed` is the output of SplitMix64 started at state mix64(seed), each
// word as 8 little-endian bytes. Word i depends on nothing but (seed, i).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace nobounce {

/// Byte `position` of the stream of `seed`.
std::byte pattern_byte(std::uint64_t seed, std::uint64_t position);

/// Fills `bytes` with the stream from `position` on; position + size must not exceed 2^64 - 1.
void fill_pattern(std::span<std::byte> bytes, std::uint64_t seed, std::uint64_t position);

/// The index in `bytes` of the first one that differs from the stream from `position` on; empty if
/// all match. Same bound as fill_pattern.
std::optional<std::size_t> find_pattern_mismatch(std::span<const std::byte> bytes,
                                                 std::uint64_t seed, std::uint64_t position);

}  // namespace nobounce
