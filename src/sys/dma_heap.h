// SPDX-License-Identifier: Apache-2.0
// DMA heaps: the kernel's allocators of dma-bufs under /dev/dma_heap.
// Source: include/uapi/linux/dma-heap.h.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// A zeroed dma-buf of `size` bytes (a multiple of the page size) from an open heap. Errors: those
/// of the ioctl: ENOMEM, ENOTTY if `heap` is something else.
Result<Fd> allocate_from_dma_heap(const Fd& heap, std::uint64_t size);

}  // namespace nobounce::sys
