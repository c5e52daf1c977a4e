// SPDX-License-Identifier: Apache-2.0
// Where fields lie in a TCP header, in IP headers beside addresses, and the flags. Sources:
// RFC 9293, RFC 3168, RFC 791, RFC 8200.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nobounce::emulator::net {

inline constexpr std::size_t kIpv4IdOffset = 4;

inline constexpr std::size_t kTcpSequenceOffset = 4;
inline constexpr std::size_t kTcpAcknowledgmentOffset = 8;
inline constexpr std::size_t kTcpFlagsOffset = 13;
inline constexpr std::size_t kTcpWindowOffset = 14;
inline constexpr std::size_t kTcpUrgentOffset = 18;

inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpPush = 0x08;
inline constexpr std::uint8_t kTcpAck = 0x10;
inline constexpr std::uint8_t kTcpCwr = 0x80;

}  // namespace nobounce::emulator::net
