// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli), as RFC 3720 (iSCSI) has it: reflected, polynomial 0x1edc6f41, all ones
// before and after. It uses the CPU's instruction (SSE4.2) where there is one, tables else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nobounce {

/// The CRC of what had `crc` (0: nothing), followed by `bytes`.
std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes);

/// The same by tables alone, for CPUs without the instruction, and for comparison.
std::uint32_t crc32c_by_tables(std::uint32_t crc, std::span<const std::byte> bytes);

}  // namespace nobounce
