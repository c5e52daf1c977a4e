// SPDX-License-Identifier: Apache-2.0
#include "netlink/link_details.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include "netlink/attributes.h"
#include "netlink/socket.h"

namespace nobounce::netlink {
namespace {

// Newer than Debian 12's headers, which end with IFLA_ALLMULTI; the devlink port stands between.
constexpr std::uint16_t kGsoIpv4MaxSize = IFLA_ALLMULTI + 2;
constexpr std::uint16_t kGroIpv4MaxSize = IFLA_ALLMULTI + 3;

}  // namespace

Result<LinkDetails> parse_link_details(std::span<const std::byte> payload) {
  constexpr std::size_t kHeaderBytes = NLMSG_ALIGN(sizeof(ifinfomsg));
  if (payload.size() < kHeaderBytes) return fail(malformed("a route message is too short"));
  NB_ASSIGN(const Attributes attributes, Attributes::parse(payload.subspan(kHeaderBytes)));
  LinkDetails details;
  NB_ASSIGN(details.gso_max_bytes, attributes.u32(IFLA_GSO_MAX_SIZE));
  NB_ASSIGN(details.gro_max_bytes, attributes.u32(IFLA_GRO_MAX_SIZE));
  NB_ASSIGN(details.gso_ipv4_max_bytes, attributes.u32(kGsoIpv4MaxSize));
  NB_ASSIGN(details.gro_ipv4_max_bytes, attributes.u32(kGroIpv4MaxSize));
  NB_ASSIGN(const auto bus, attributes.text(IFLA_PARENT_DEV_BUS_NAME));
  NB_ASSIGN(const auto device, attributes.text(IFLA_PARENT_DEV_NAME));
  details.parent_bus = bus.value_or("");
  details.parent_device = device.value_or("");
  return details;
}

Result<LinkDetails> link_details(int ifindex) {
  NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kRoute));
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = ifindex;
  Request request(RTM_GETLINK, 0, bytes_of(header));
  NB_ASSIGN(const auto messages,
            socket.exchange(request, "look-up", fmt::format("interface {}", ifindex)));
  if (messages.size() != 1) return fail(malformed("not one interface but several or none"));
  return parse_link_details(messages.front().payload);
}

}  // namespace nobounce::netlink
