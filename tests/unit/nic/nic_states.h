// SPDX-License-Identifier: Apache-2.0
// NICs as a test wants them.
#pragma once

#include "nic/nic.h"
#include "nic/receive_lease.h"

namespace nobounce::nic::testing {

/// A gve with four queues, fresh from boot: header split and ntuple off, RSS by default, no
/// hds-thresh to see or to set, and rule locations left to user space.
inline NicState gve_as_found() {
  NicState nic{
      .link = {},
      .driver = "gve",
      .rx_queues = 4,
      .tx_queues = 4,
      .rings = {},
      .ntuple = {.active = false, .can_change = true},
      .rx_checksum = {.active = true, .can_change = true},
      .tx_checksum = {.active = true, .can_change = true},
      .rss_table = {0, 1, 2, 3, 0, 1, 2, 3},
      .rules = netlink::RuleTable{.rules = {}, .size = 8, .driver_chooses_location = false},
      .held_queues = {}};
  nic.link.ifindex = 2;
  nic.link.name = "eth0";
  nic.link.up = true;
  nic.link.mtu = 4148;
  nic.rings.header_split = netlink::HeaderSplit::kOff;
  nic.rings.rx = nic.rings.tx = 512;
  nic.rings.rx_max = nic.rings.tx_max = 4096;
  nic.rings.rx_buf_len = 2048;
  nic.channels = {.rx = 4, .tx = 4, .rx_max = 8, .tx_max = 8};
  nic.features = {{"rx-checksum", nic.rx_checksum},
                  {"rx-ntuple-filter", nic.ntuple},
                  {"tx-checksum-ip-generic", nic.tx_checksum}};
  return nic;
}

inline ReceiveRequest request() {
  return {.interface = "eth0", .queue = {}, .listen_port = 5201, .listen_address = "10.0.0.2"};
}

inline netlink::ListedRule listed(const netlink::FlowRule& rule, std::uint32_t location) {
  return netlink::decode_rule(netlink::encode_rule(rule, location));
}

}  // namespace nobounce::nic::testing
