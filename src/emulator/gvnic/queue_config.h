// SPDX-License-Identifier: Apache-2.0
// What CREATE_TX_QUEUE and CREATE_RX_QUEUE ask for, once the admin queue has checked it.
// Source: gve_adminq.h of the Linux kernel (struct gve_adminq_create_tx_queue and _rx_queue).
#pragma once

#include <cstdint>

namespace nobounce::emulator::gvnic {

struct TxQueueConfig {
  std::uint32_t id = 0;
  std::uint64_t descriptor_ring_iova = 0;
  std::uint64_t completion_ring_iova = 0;
  std::uint32_t descriptor_entries = 0;  ///< A power of two.
  std::uint32_t completion_entries = 0;  ///< A power of two.
  std::uint32_t notify_block = 0;        ///< Which interrupt block the queue raises.
};

struct RxQueueConfig {
  std::uint32_t id = 0;
  std::uint64_t completion_ring_iova = 0;  ///< The driver's "descriptor" ring: NIC → driver.
  std::uint64_t buffer_ring_iova = 0;      ///< The driver's "data" ring: driver → NIC.
  std::uint32_t completion_entries = 0;    ///< A power of two.
  std::uint32_t buffer_entries = 0;        ///< A power of two.
  std::uint32_t notify_block = 0;
  std::uint16_t packet_buffer_bytes = 0;
  std::uint16_t header_buffer_bytes = 0;  ///< 0: no header split.
  bool rsc = false;
};

}  // namespace nobounce::emulator::gvnic
