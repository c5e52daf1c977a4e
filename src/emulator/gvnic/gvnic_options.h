// SPDX-License-Identifier: Apache-2.0
// What a NIC is made as, and the limits of the model that its driver is told.
#pragma once

#include <array>
#include <cstdint>

namespace nobounce::emulator::gvnic {

using MacAddress = std::array<std::uint8_t, 6>;

/// How the guest's doorbells reach the NIC.
enum class Doorbells {
  kSocket,  ///< Each is a message of the client, which wakes the NIC's thread.
  kPolled,  ///< The client maps BAR2 and the NIC looks at it, whether the guest rings or not.
};

struct GvnicOptions {
  MacAddress mac{};
  std::uint32_t queues = 4;  ///< A direction; 1 to kMaxQueues.
  std::uint16_t mtu = 4148;  ///< The largest; the driver starts with it. kMinMtu to kMaxMtu.
  Doorbells doorbells = Doorbells::kSocket;
  std::uint64_t link_speed_mbps = 100'000;  ///< What the driver is told; nothing is slowed down.
  /// Keeps the least time between two interrupts that the driver asks for, as hardware does. Who
  /// runs the NIC must then heed Gvnic::due_ns.
  bool interrupt_moderation = true;
};

inline constexpr std::uint16_t kMinMtu = 68;  ///< The least that IPv4 allows.
inline constexpr std::uint16_t kMaxMtu = 9000;
inline constexpr std::uint16_t kPlainMtu = 1500;         ///< For drivers without the jumbo option.
inline constexpr std::uint32_t kLinkOverheadBytes = 18;  ///< Ethernet header and one VLAN tag.

inline constexpr std::uint16_t kMinRingEntries = 64;
inline constexpr std::uint16_t kDefaultRingEntries = 1024;
inline constexpr std::uint16_t kMaxRingEntries = 4096;
/// Of transmit completions: DPDK's driver has four for each descriptor.
inline constexpr std::uint16_t kMaxTxCompletionEntries = 4 * kMaxRingEntries;

/// Packet buffers: Linux's driver has 2048 and 4096 bytes, DPDK's what its memory pool gives.
inline constexpr std::uint16_t kMinPacketBufferBytes = 1024;
inline constexpr std::uint16_t kMaxPacketBufferBytes = 16'384 - 128;
inline constexpr std::uint16_t kPacketBufferGranuleBytes = 128;
inline constexpr std::uint16_t kOfferedPacketBufferBytes = 4096;  ///< The largest Linux makes.
inline constexpr std::uint16_t kMinHeaderBufferBytes = 64;
inline constexpr std::uint16_t kHeaderBufferBytes = 256;  ///< The largest, and what is offered.

inline constexpr std::uint32_t kMaxFlowRules = 1024;

}  // namespace nobounce::emulator::gvnic
