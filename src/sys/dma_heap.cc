// SPDX-License-Identifier: Apache-2.0
#include "sys/dma_heap.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "base/size.h"

namespace nobounce::sys {

Result<Fd> allocate_from_dma_heap(const Fd& heap, std::uint64_t size) {
  dma_heap_allocation_data request{
      .len = size, .fd = 0, .fd_flags = O_RDWR | O_CLOEXEC, .heap_flags = 0};
  if (::ioctl(heap.get(), DMA_HEAP_IOCTL_ALLOC, &request) != 0) {
    return fail(error_from_errno(errno, "DMA_HEAP_IOCTL_ALLOC", format_size(size)));
  }
  return Fd(static_cast<int>(request.fd));
}

}  // namespace nobounce::sys
