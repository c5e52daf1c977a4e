// SPDX-License-Identifier: Apache-2.0
#include "path/copy_tx.h"

#include <poll.h>
#include <sys/uio.h>

#include <cerrno>

#include "base/bytes.h"
#include "path/socket_error.h"

namespace nobounce::path {

Result<Wake> CopySender::wait(Awaited what, int timeout_ms) {
  if (what == Awaited::kSettled) return Wake::kReady;
  return wait_for(socket_, POLLOUT, timeout_ms);
}

Result<std::uint64_t> CopySender::send(memory::Extent extent) {
  if (!range_fits(extent.offset, extent.length, region_.size())) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "send",
                 .object = "an extent",
                 .cause = "it lies outside of the region",
                 .fix = {}});
  }
  // sendmsg reads only, but an iovec has no const.
  iovec place{.iov_base = const_cast<std::byte*>(region_.data()) + extent.offset,
              .iov_len = extent.length};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  ssize_t sent;
  do {
    sent = socket_.sendmsg(message, 0);
  } while (sent == -EINTR);
  if (sent == -EAGAIN) return std::uint64_t{0};
  if (sent < 0) return fail(send_error(static_cast<int>(-sent), Path::kCopy));
  counts_.bytes += static_cast<std::uint64_t>(sent);
  return static_cast<std::uint64_t>(sent);
}

}  // namespace nobounce::path
