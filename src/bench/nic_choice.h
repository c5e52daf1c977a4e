// SPDX-License-Identifier: Apache-2.0
// Which NIC of a host a bench is about, where nobody named one, and by which address payload
// reaches it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/lines.h"

namespace nobounce::bench {

/// The NIC that packets to `address` leave by. Errors: kNotFound, kInvalidArgument.
Result<std::string> nic_towards(const std::string& address);
/// The NIC that has `address`. Errors: as above.
Result<std::string> nic_with(const std::string& address);
/// `nic` with an address of either family that others than its own link know: the one that is among
/// `near`, else one of a network that has one of those, else the first. Error: kNotFound where it
/// has none.
Result<HostNic> host_nic(const std::string& nic, const std::vector<std::string>& near);
/// The same of several. Errors: also kInvalidArgument where one is named twice.
Result<std::vector<HostNic>> host_nics(const std::vector<std::string>& names,
                                       const std::vector<std::string>& near);

/// Whether payload for each address of `there` leaves by the NIC that faces it, as far as both have
/// NICs: what went another way would measure another NIC. Error: kInvalidArgument where it does
/// not; those of asking the kernel.
Status check_ways(std::span<const HostNic> here, std::span<const HostNic> there);

}  // namespace nobounce::bench
