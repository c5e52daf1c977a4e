// SPDX-License-Identifier: Apache-2.0
// Asks the netlink family "netdev", and a NIC's driver through it, for devmem; binds nothing.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "netlink/replies.h"

namespace nobounce::netlink {

struct DevmemCommands {
  bool bind_rx = false;
  bool bind_tx = false;
  bool rx_page_size = false;  ///< bind-rx takes a niov size.
};

/// What the kernel can do, by its commands and by the policy of bind-rx. Error: kUnsupported where
/// it has no such family.
Result<DevmemCommands> devmem_commands();

/// Whether the policies that the kernel told for one command let attribute `attribute` in.
/// Error: kProtocol.
Result<bool> policy_allows(std::span<const Message> answers, std::uint32_t command,
                           std::uint16_t attribute);

/// Asks the driver to bind a dma-buf that is none: a driver that could bind looks at it and says
/// so, which is success here. bind-rx needs CAP_NET_ADMIN. Errors: the kernel's.
Status probe_bind_rx(int ifindex);
Status probe_bind_tx(int ifindex);

}  // namespace nobounce::netlink
