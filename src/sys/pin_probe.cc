// SPDX-License-Identifier: Apache-2.0
// By vmsplice: it takes the pages of a mapping as MSG_ZEROCOPY does, and needs neither a connection
// nor a privilege.
#include "sys/pin_probe.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/fd.h"
#include "sys/system_constants.h"

namespace nobounce::sys {

Status probe_pinning(std::span<const std::byte> mapping) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return fail(error_from_errno(errno, "pipe", "for a page"));
  }
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const iovec page{.iov_base = const_cast<std::byte*>(mapping.data()),
                   .iov_len = std::min<std::size_t>(mapping.size(), page_size_bytes())};
  if (::vmsplice(writer.get(), &page, 1, SPLICE_F_NONBLOCK) > 0) return {};
  Error error = error_from_errno(errno, "pin", "a page of the mapping");
  if (error.sys_errno == EFAULT) {
    error.code = Code::kUnsupported;
    error.cause = "the mapping has no pages that can be pinned";
  }
  return fail(std::move(error));
}

}  // namespace nobounce::sys
