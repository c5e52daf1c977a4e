// SPDX-License-Identifier: Apache-2.0
#include "path/fixed_buffers.h"

#include <fmt/format.h>
#include <sys/uio.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <vector>

#include "base/bytes.h"
#include "base/size.h"

namespace nobounce::path {

Result<FixedBuffers> FixedBuffers::open(sys::Ring& ring, std::span<std::byte> region) {
  const auto refusal = [&](int sys_errno) {
    return error_from_errno(sys_errno, "register",
                            fmt::format("a region of {}", format_size(region.size())));
  };
  if (region.empty()) return fail(refusal(EINVAL));

  std::vector<iovec> buffers;
  for (std::size_t start = 0; start < region.size(); start += kMaxBufferBytes) {
    buffers.push_back({.iov_base = region.data() + start,
                       .iov_len = std::min<std::size_t>(region.size() - start, kMaxBufferBytes)});
  }
  const int result = ring.register_with(IORING_REGISTER_BUFFERS, buffers.data(),
                                        static_cast<unsigned>(buffers.size()));
  if (result >= 0) return FixedBuffers(region);

  Error error = refusal(-result);
  if (result == -ENOMEM) {
    error.code = Code::kExhausted;
    error.cause = "the limit on locked memory is reached";
    error.fix = "ulimit -l unlimited, or a smaller region";
  }
  if (result == -EFAULT || result == -EOPNOTSUPP) {
    error.code = Code::kUnsupported;
    error.cause = "this memory can't be pinned";
    error.fix = "--memory udmabuf";
  }
  return fail(std::move(error));
}

FixedExtent FixedBuffers::front_of(memory::Extent extent) const {
  assert(range_fits(extent.offset, extent.length, region_.size()));
  const std::uint64_t left = kMaxBufferBytes - extent.offset % kMaxBufferBytes;
  return {.start = region_.data() + extent.offset,
          .length = static_cast<std::uint32_t>(std::min(extent.length, left)),
          .buffer = static_cast<std::uint16_t>(extent.offset / kMaxBufferBytes)};
}

}  // namespace nobounce::path
