// SPDX-License-Identifier: Apache-2.0
// The provider "dma-heap": a dma-buf of host memory from the kernel's system heap. The CPU sees it
// by mapping the dma-buf; such a mapping can't be pinned, so MSG_ZEROCOPY and io_uring refuse it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "memory/region.h"

namespace nobounce::memory {

inline constexpr std::string_view kDmaHeap = "dma-heap";

/// Where the host keeps what the provider needs; tests point these elsewhere.
struct DmaHeapOptions {
  std::string device = "/dev/dma_heap/system";
  std::string meminfo = "/proc/meminfo";
  bool huge_pages = false;  ///< Refused: the heap chooses its pages itself.
};

/// A region of `size` bytes rounded up to pages, all allocated, mapped and zero. load, store, fill,
/// matches and hash stand between DMA_BUF_IOCTL_SYNC calls: free on x86-64 except where the kernel
/// bounces DMA (confidential guests), where the bytes would be stale without.
/// Errors: kInvalidArgument (size), kUnsupported (no such heap: the probe is named; huge pages),
/// kPermission, kExhausted (not enough memory).
Result<std::unique_ptr<Region>> open_dma_heap(std::uint64_t size,
                                              const DmaHeapOptions& options = {});

}  // namespace nobounce::memory
