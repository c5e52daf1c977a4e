// SPDX-License-Identifier: Apache-2.0
#include "sys/dma_buf.h"

#include <linux/dma-buf.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace nobounce::sys {
namespace {

Status sync(int dma_buf_fd, __u64 phase, DmaBufAccess access) {
  // A write may touch part of what a device left, so it begins as a read does.
  const dma_buf_sync request{.flags =
                                 phase | (access == DmaBufAccess::kRead ? __u64{DMA_BUF_SYNC_READ}
                                                                        : __u64{DMA_BUF_SYNC_RW})};
  // The kernel documents EAGAIN and EINTR as "ask again".
  int failed = 0;
  do {
    failed = ::ioctl(dma_buf_fd, DMA_BUF_IOCTL_SYNC, &request);
  } while (failed != 0 && (errno == EINTR || errno == EAGAIN));
  if (failed != 0) return fail(error_from_errno(errno, "DMA_BUF_IOCTL_SYNC", "dma-buf"));
  return {};
}

}  // namespace

Status begin_dma_buf_access(int dma_buf_fd, DmaBufAccess access) {
  return sync(dma_buf_fd, DMA_BUF_SYNC_START, access);
}

Status end_dma_buf_access(int dma_buf_fd, DmaBufAccess access) {
  return sync(dma_buf_fd, DMA_BUF_SYNC_END, access);
}

}  // namespace nobounce::sys
