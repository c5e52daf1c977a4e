// SPDX-License-Identifier: Apache-2.0
// /dev/udmabuf: the kernel's maker of dma-bufs from the pages of a memfd.
// Source: include/uapi/linux/udmabuf.h.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// A dma-buf of the first `size` bytes (a multiple of the page size) of `memfd`, which must be
/// sealed against shrinking. The dma-buf pins the pages and outlives both descriptors. Errors:
/// those of the ioctl: EINVAL above the module's size limit, ENOTTY if `device` is something else.
Result<Fd> create_udmabuf(const Fd& device, const Fd& memfd, std::uint64_t size);

}  // namespace nobounce::sys
