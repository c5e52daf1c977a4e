// SPDX-License-Identifier: Apache-2.0
// Packet types: the 10-bit number by which an RX completion says what L3 and L4 a packet has, and
// the map by which the driver reads it. The numbering is the device's own choice; the driver asks
// for the map once. Source: gve_adminq.h (GET_PTYPE_MAP, enum gve_l3_type and gve_l4_type).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "emulator/net/headers.h"

namespace nobounce::emulator::gvnic {

inline constexpr std::size_t kPtypes = 1024;
/// An entry is two bytes: the L3 type, then the L4 type.
inline constexpr std::size_t kPtypeMapBytes = 2 * kPtypes;

/// The packet type of a frame; 0 (unknown) where no IP header was found. SCTP counts as another L4:
/// its CRC is not verified here, and for the driver an SCTP packet type means that it was.
[[nodiscard]] std::uint16_t ptype_of(const net::HeaderLayout& layout);

/// Writes what GET_PTYPE_MAP returns. Types that `ptype_of` never gives are left unknown (0, 0).
void fill_ptype_map(std::span<std::byte, kPtypeMapBytes> map);

}  // namespace nobounce::emulator::gvnic
