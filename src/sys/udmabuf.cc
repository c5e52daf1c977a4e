// SPDX-License-Identifier: Apache-2.0
#include "sys/udmabuf.h"

#include <fmt/format.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "base/size.h"

namespace nobounce::sys {

Result<Fd> create_udmabuf(const Fd& device, const Fd& memfd, std::uint64_t size) {
  const udmabuf_create request{.memfd = static_cast<__u32>(memfd.get()),
                               .flags = UDMABUF_FLAGS_CLOEXEC,
                               .offset = 0,
                               .size = size};
  Fd dma_buf(::ioctl(device.get(), UDMABUF_CREATE, &request));
  if (!dma_buf.is_open()) {
    return fail(error_from_errno(errno, "UDMABUF_CREATE", format_size(size)));
  }
  return dma_buf;
}

}  // namespace nobounce::sys
