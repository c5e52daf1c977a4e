// SPDX-License-Identifier: Apache-2.0
// Copying bytes and summing them for the Internet checksum (RFC 1071) in one pass: each byte is
// read once, so what was summed is what was copied, whatever its owner does to it meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nobounce::emulator::net {

/// The sum of bytes as 16-bit words in the order in which they lie in memory, an odd last byte
/// padded with 0. Not folded, and far from overflow for any length that fits into memory.
using WordSum = std::uint64_t;

WordSum sum_words(std::span<const std::byte> bytes);

/// Copies `from` to `to`, which do not overlap, and returns the sum. By the widest vectors that the
/// CPU has and this module knows.
WordSum copy_and_sum(std::byte* to, std::span<const std::byte> from);

/// Copies `from` to `to`, which do not overlap, by the same loop without the sum. For pages it is
/// faster than memcpy where that is a `rep movsb`: a CPU does not overlap that with what follows,
/// and a NIC has small things to do between one page and the next.
void copy_bytes(std::byte* to, std::span<const std::byte> from);

/// What those choose from, for tests; the second of each needs a CPU with AVX2.
WordSum copy_and_sum_sse2(std::byte* to, std::span<const std::byte> from);
WordSum copy_and_sum_avx2(std::byte* to, std::span<const std::byte> from);
void copy_bytes_sse2(std::byte* to, std::span<const std::byte> from);
void copy_bytes_avx2(std::byte* to, std::span<const std::byte> from);
[[nodiscard]] bool cpu_has_avx2();

}  // namespace nobounce::emulator::net
