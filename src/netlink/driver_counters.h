// SPDX-License-Identifier: Apache-2.0
// The counters of a driver's own, under the driver's own names (ethtool -S).
#pragma once

#include "base/counters.h"
#include "base/result.h"
#include "netlink/ethtool_door.h"

namespace nobounce::netlink {

/// All counters of the interface behind `door`; of a name that occurs twice the sum. Errors:
/// kUnsupported where the driver has none, kProtocol for an answer that breaks its format.
Result<Counts> driver_counters(const EthtoolDoor& door);

}  // namespace nobounce::netlink
