// SPDX-License-Identifier: Apache-2.0
#include "path/zerocopy_tx.h"

#include <sys/uio.h>

#include <algorithm>

#include "path/sent_extent.h"

namespace nobounce::path {
namespace {

// The kernel charges all that a send asks for to RLIMIT_MEMLOCK until the send is done, however
// little of it the socket took; so a send asks for what a socket's buffer may take, not for more.
constexpr std::uint64_t kMaxSendBytes = std::uint64_t{1} << 20;
// More than a send buffer takes; option memory may allow fewer, which ZerocopySends handles.
constexpr std::uint32_t kMaxSendsInFlight = 512;

}  // namespace

Result<std::unique_ptr<ZerocopySender>> ZerocopySender::open(sys::SocketCalls& socket,
                                                             memory::Region& region) {
  NB_ASSIGN(const auto view, region.pinnable_view());
  NB_ASSIGN(ZerocopySends sends, ZerocopySends::open(socket, Path::kZerocopy, kMaxSendsInFlight));
  return std::unique_ptr<ZerocopySender>(new ZerocopySender(std::move(sends), view));
}

Result<std::uint64_t> ZerocopySender::send(memory::Extent extent) {
  NB_TRY(require_inside(extent, region_.size()));
  iovec place{.iov_base = region_.data() + extent.offset,
              .iov_len = std::min(extent.length, kMaxSendBytes)};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  return sends_.send(message, WithoutMemory::kSendPlainly);
}

}  // namespace nobounce::path
