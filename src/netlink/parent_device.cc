// SPDX-License-Identifier: Apache-2.0
#include "netlink/parent_device.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netlink/attributes.h"
#include "netlink/socket.h"

namespace nobounce::netlink {

Result<ParentDevice> parse_parent_device(std::span<const std::byte> payload) {
  constexpr std::size_t kHeaderBytes = NLMSG_ALIGN(sizeof(ifinfomsg));
  if (payload.size() < kHeaderBytes) return fail(malformed("a route message is too short"));
  NB_ASSIGN(const Attributes attributes, Attributes::parse(payload.subspan(kHeaderBytes)));
  NB_ASSIGN(const auto bus, attributes.text(IFLA_PARENT_DEV_BUS_NAME));
  NB_ASSIGN(const auto name, attributes.text(IFLA_PARENT_DEV_NAME));
  return ParentDevice{.bus = bus.value_or(""), .name = name.value_or("")};
}

Result<ParentDevice> parent_device(int ifindex) {
  NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kRoute));
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = ifindex;
  Request request(RTM_GETLINK, 0, bytes_of(header));
  NB_ASSIGN(const auto messages,
            socket.exchange(request, "look-up", fmt::format("interface {}", ifindex)));
  if (messages.size() != 1) return fail(malformed("not one interface but several or none"));
  return parse_parent_device(messages.front().payload);
}

}  // namespace nobounce::netlink
