// SPDX-License-Identifier: Apache-2.0
// Asks the kernel whether it can pin the pages of a mapping, as MSG_ZEROCOPY, SEND_ZC and zcrx's
// areas of host memory need. Mappings of a device or a dma-buf often have no pages to pin.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace nobounce::sys {

/// Pins the first page of `mapping`, which must hold one, and lets it go. Error: kUnsupported where
/// it has no pages to pin; else the kernel's.
Status probe_pinning(std::span<const std::byte> mapping);

}  // namespace nobounce::sys
