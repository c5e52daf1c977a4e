// SPDX-License-Identifier: Apache-2.0
// What every dma-buf offers whoever made it. Source: include/uapi/linux/dma-buf.h.
#pragma once

#include "base/result.h"

namespace nobounce::sys {

enum class DmaBufAccess { kRead, kWrite };

/// Begins CPU access to a mapped dma-buf: what devices wrote becomes visible to the CPU. Waits for
/// the dma-buf's fences.
Status begin_dma_buf_access(int dma_buf_fd, DmaBufAccess access);
/// Ends it: what the CPU wrote becomes visible to devices.
Status end_dma_buf_access(int dma_buf_fd, DmaBufAccess access);

}  // namespace nobounce::sys
