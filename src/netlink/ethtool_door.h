// SPDX-License-Identifier: Apache-2.0
// EthtoolDoor: the way to one interface's driver for the requests that have no netlink form.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::netlink {

/// Carries one request of struct ethtool_… to a driver, which answers in place. Tests put a driver
/// of their own behind it.
using EthtoolDoor = std::function<Status(std::span<std::byte> request, std::string operation)>;

/// The door to the interface of that name in this network namespace.
EthtoolDoor ethtool_door(std::string interface);

/// The driver's name, e.g. "gve". kUnsupported where the interface has none to tell.
Result<std::string> driver_name(const EthtoolDoor& door);

/// The RSS indirection table: hash bucket → receive queue. Empty where the NIC has no such table.
/// Error: kProtocol for an answer that breaks its format.
Result<std::vector<std::uint32_t>> rss_table(const EthtoolDoor& door);
/// Replaces it; `table` must be as long as the NIC's.
Status set_rss_table(const EthtoolDoor& door, std::span<const std::uint32_t> table);
/// Back to the driver's default, which is not the same as setting an equal table: a default
/// follows the number of queues, a set one stays.
Status reset_rss_table(const EthtoolDoor& door);

/// Whether the NIC can have RSS contexts: tables of their own that flow rules spread over. Asks for
/// one that can't exist, so nothing is changed.
Result<bool> has_rss_contexts(const EthtoolDoor& door);
/// Makes a context with this table (as long as the NIC's own) and gives its id.
Result<std::uint32_t> create_rss_context(const EthtoolDoor& door,
                                         std::span<const std::uint32_t> table);
Status delete_rss_context(const EthtoolDoor& door, std::uint32_t id);

}  // namespace nobounce::netlink
