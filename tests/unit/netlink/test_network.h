// SPDX-License-Identifier: Apache-2.0
// TestNetwork: a network namespace with one veth pair, for tests that ask the real kernel.
#pragma once

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "netlink/ip_address.h"
#include "netlink/link.h"
#include "netlink/socket.h"
#include "sys/fd.h"

namespace nobounce::netlink::testing {

/// Enters a namespace of its own for as long as it lives; "near0" and its peer "veth0" are up in
/// it.
class TestNetwork {
 public:
  TestNetwork() : outside_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
    if (::unshare(CLONE_NEWNET) != 0) {
      skip_reason_ = std::string("no network namespace: ") + std::strerror(errno);
      return;
    }
    inside_ = true;
    if (const Status built = build(); !built) skip_reason_ = "no veth: " + to_string(built.error());
  }
  ~TestNetwork() {
    if (inside_) (void)::setns(outside_.get(), CLONE_NEWNET);
  }
  TestNetwork(const TestNetwork&) = delete;
  TestNetwork& operator=(const TestNetwork&) = delete;

  /// Why this host can't run such a test; empty where it can.
  [[nodiscard]] const std::string& skip_reason() const { return skip_reason_; }

  static Status add_address(int ifindex, const char* text, std::uint8_t prefix_length) {
    NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kRoute));
    NB_ASSIGN(const IpAddress address, IpAddress::parse(text));
    ifaddrmsg header{};
    const bool is_v4 = address.family == IpAddress::Family::kV4;
    header.ifa_family = is_v4 ? AF_INET : AF_INET6;
    header.ifa_prefixlen = prefix_length;
    header.ifa_flags = IFA_F_NODAD;
    header.ifa_index = static_cast<std::uint32_t>(ifindex);
    Request request(RTM_NEWADDR, NLM_F_CREATE, bytes_of(header));
    request.put_bytes(IFA_LOCAL, std::as_bytes(address.bytes()));
    request.put_bytes(IFA_ADDRESS, std::as_bytes(address.bytes()));
    NB_TRY(socket.exchange(request, "add", text));
    return {};
  }

  static Status add_default_route(int ifindex) {
    NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kRoute));
    rtmsg header{};
    header.rtm_family = AF_INET;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = RTPROT_BOOT;
    header.rtm_scope = RT_SCOPE_LINK;
    header.rtm_type = RTN_UNICAST;
    Request request(RTM_NEWROUTE, NLM_F_CREATE, bytes_of(header));
    request.put_u32(RTA_OIF, static_cast<std::uint32_t>(ifindex));
    NB_TRY(socket.exchange(request, "add", "default route"));
    return {};
  }

 private:
  Status build() {
    NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kRoute));
    ifinfomsg header{};
    Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, bytes_of(header));
    request.put_text(IFLA_IFNAME, "near0");
    // Without a word about the peer the kernel names it itself, "veth0".
    request.put_nest(IFLA_LINKINFO, [&] { request.put_text(IFLA_INFO_KIND, "veth"); });
    NB_TRY(socket.exchange(request, "add", "near0"));
    for (const char* name : {"near0", "veth0"}) {
      ifinfomsg up{};
      up.ifi_flags = up.ifi_change = IFF_UP;
      Request bring_up(RTM_NEWLINK, 0, bytes_of(up));
      bring_up.put_text(IFLA_IFNAME, name);
      NB_TRY(socket.exchange(bring_up, "bring up", name));
    }
    return {};
  }

  sys::Fd outside_;
  bool inside_ = false;
  std::string skip_reason_;
};

}  // namespace nobounce::netlink::testing
