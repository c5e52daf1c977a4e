// SPDX-License-Identifier: Apache-2.0
// The fields of nic::NicState and what it is made of, for the archive.
#pragma once

#include <array>
#include <string_view>

#include "host/archive.h"
#include "nic/nic.h"

namespace nobounce::host {

template <>
struct EnumNames<netlink::HeaderSplit> {
  static constexpr std::array<std::string_view, 3> kNames{"unknown", "off", "on"};
};
template <>
struct EnumNames<netlink::QueueHolder> {
  static constexpr std::array<std::string_view, 4> kNames{"nobody", "dma-buf", "io_uring",
                                                          "af_xdp"};
};

template <typename Archive>
void fields(Archive& archive, netlink::PacketSizes& it) {
  archive("gso_max_bytes", it.gso_max);
  archive("gso_ipv4_max_bytes", it.gso_ipv4_max);
  archive("gro_max_bytes", it.gro_max);
  archive("gro_ipv4_max_bytes", it.gro_ipv4_max);
  archive("tso_max_bytes", it.tso_max);
}

template <typename Archive>
void fields(Archive& archive, netlink::Link& it) {
  archive("ifindex", it.ifindex);
  archive("name", it.name);
  archive("up", it.up);
  archive("carrier", it.carrier);
  archive("oper_state", it.oper_state);
  archive("mtu_bytes", it.mtu);
  archive("mac", it.mac);
  archive("permanent_mac", it.permanent_mac);
  archive("xdp_attached", it.xdp_attached);
  archive("xdp_program", it.xdp_program);
  archive("packet_sizes", it.packet_sizes);
  archive("master", it.master);
  archive("lower", it.lower);
}

template <typename Archive>
void fields(Archive& archive, netlink::Rings& it) {
  archive("rx", it.rx);
  archive("rx_max", it.rx_max);
  archive("tx", it.tx);
  archive("tx_max", it.tx_max);
  archive("rx_buf_len_bytes", it.rx_buf_len);
  archive("header_split", it.header_split);
  archive("hds_thresh_bytes", it.hds_thresh);
  archive("hds_thresh_max_bytes", it.hds_thresh_max);
}

template <typename Archive>
void fields(Archive& archive, netlink::Channels& it) {
  archive("rx", it.rx);
  archive("tx", it.tx);
  archive("combined", it.combined);
  archive("rx_max", it.rx_max);
  archive("tx_max", it.tx_max);
  archive("combined_max", it.combined_max);
}

template <typename Archive>
void fields(Archive& archive, netlink::Feature& it) {
  archive("active", it.active);
  archive("can_change", it.can_change);
}

template <typename Archive>
void fields(Archive& archive, netlink::RssContext& it) {
  archive("id", it.id);
  archive("table", it.table);
}

template <typename Archive>
void fields(Archive& archive, nic::HeldQueue& it) {
  archive("queue", it.queue);
  archive("holder", it.holder);
}

/// The address is left out where it can't be read as one: rules of other hosts are judged by port
/// and queue, and an address narrows them only.
template <typename Archive>
void fields(Archive& archive, netlink::ListedRule& it) {
  archive("location", it.location);
  archive("queue", it.queue);
  archive("matches_v4", it.matches_v4);
  archive("matches_v6", it.matches_v6);
  std::string destination = it.destination ? it.destination->text() : std::string();
  archive("destination", destination);
  if (const auto address = netlink::IpAddress::parse(destination)) it.destination = *address;
  archive("destination_port", it.destination_port);
  archive("has_other_conditions", it.has_other_conditions);
}

template <typename Archive>
void fields(Archive& archive, netlink::RuleTable& it) {
  archive("rules", it.rules);
  archive("size", it.size);
  archive("driver_chooses_location", it.driver_chooses_location);
}

template <typename Archive>
void fields(Archive& archive, nic::NicState& it) {
  archive("link", it.link);
  archive("driver", it.driver);
  archive("rx_queues", it.rx_queues);
  archive("tx_queues", it.tx_queues);
  archive("rings", it.rings);
  archive("ntuple", it.ntuple);
  archive("rx_checksum", it.rx_checksum);
  archive("tx_checksum", it.tx_checksum);
  archive("rss_table", it.rss_table);
  archive("rules", it.rules);
  archive("held_queues", it.held_queues);
  archive("channels", it.channels);
  archive("features", it.features);
  archive("speed_mbit_per_s", it.speed_mbps);
  archive("has_rss_contexts", it.has_rss_contexts);
  archive("rss_contexts", it.rss_contexts);
  archive("default_route_interface", it.default_route_interface);
}

}  // namespace nobounce::host
