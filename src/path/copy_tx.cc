// SPDX-License-Identifier: Apache-2.0
#include "path/copy_tx.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "path/sent_extent.h"
#include "path/socket_error.h"
#include "path/staging.h"

namespace nobounce::path {

Result<std::unique_ptr<CopySender>> CopySender::open(sys::SocketCalls& socket,
                                                     memory::Region& region) {
  NB_ASSIGN(const auto view, view_or_nothing(region));
  return std::unique_ptr<CopySender>(new CopySender(socket, region, view));
}

CopySender::CopySender(sys::SocketCalls& socket, memory::Region& region, std::span<std::byte> view)
    : socket_(socket), region_(region), view_(view) {
  if (view_.empty()) staging_ = make_staging();
}

// What of the extent can be sent at once, where the kernel can read it.
Result<std::span<std::byte>> CopySender::bytes_of(memory::Extent extent) {
  if (staging_ == nullptr) return view_.subspan(extent.offset, extent.length);
  const std::span staged(staging_.get(), std::min(extent.length, kStagingBytes));
  NB_TRY(region_.store({.offset = extent.offset, .length = staged.size()}, staged));
  counts_.staged_bytes += staged.size();
  return staged;
}

Result<std::uint64_t> CopySender::send(memory::Extent extent) {
  NB_TRY(require_inside(extent, region_.size()));
  if (std::exchange(is_full_, false)) return std::uint64_t{0};

  NB_ASSIGN(const auto bytes, bytes_of(extent));
  iovec place{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  ssize_t sent;
  do {
    sent = socket_.sendmsg(message, 0);
  } while (sent == -EINTR);
  if (sent == -EAGAIN) return std::uint64_t{0};
  if (sent < 0) return fail(send_error(static_cast<int>(-sent), Path::kCopy));
  is_full_ = static_cast<std::uint64_t>(sent) < bytes.size();
  counts_.bytes += static_cast<std::uint64_t>(sent);
  return static_cast<std::uint64_t>(sent);
}

Result<Wake> CopySender::wait(Awaited what, int timeout_ms) {
  if (what == Awaited::kSettled) return Wake::kReady;
  return wait_for(socket_, POLLOUT, timeout_ms);
}

}  // namespace nobounce::path
