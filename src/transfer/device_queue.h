// SPDX-License-Identifier: Apache-2.0
// DeviceQueue: a receive queue of a NIC that is a region's alone, as paths devmem and zcrx need it.
#pragma once

#include "nic/receive_lease.h"
#include "transfer/receive_way.h"

namespace nobounce::transfer {

/// Header split on, a queue off RSS, the flow steered to it. Errors: kInvalidArgument where NIC or
/// port are not named, those of ReceiveLease.
Result<nic::ReceiveLease> take_device_queue(const ReceiveWayRequest& request);

}  // namespace nobounce::transfer
