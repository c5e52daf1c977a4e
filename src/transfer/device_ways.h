// SPDX-License-Identifier: Apache-2.0
// The receive ways whose region is the pool that a NIC's queue takes its buffers from.
#pragma once

#include <memory>

#include "transfer/receive_way.h"

namespace nobounce::transfer {

/// A leased queue, bound to the region's dma-buf. Errors: kInvalidArgument where NIC or port are
/// not named, those of ReceiveLease and RxBinding.
Result<std::unique_ptr<ReceiveWay>> open_devmem_way(const ReceiveWayRequest& request);

/// A leased queue with the region as its zcrx area; without a NIC one that the kernel copies into.
/// The area is host memory where its pages can be pinned, for then the kernel can copy what a NIC
/// could not place; else the region's dma-buf. Errors: as above, and those of ZcrxQueue.
Result<std::unique_ptr<ReceiveWay>> open_zcrx_way(const ReceiveWayRequest& request);

}  // namespace nobounce::transfer
