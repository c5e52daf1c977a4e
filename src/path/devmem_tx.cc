// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_tx.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "sys/uapi/devmem.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

// More than a send buffer takes, and far below where sendmsg cuts off (2 GiB).
constexpr std::uint64_t kMaxSendBytes = std::uint64_t{64} << 20;

}  // namespace

Result<std::unique_ptr<DevmemSender>> DevmemSender::open(sys::SocketCalls& socket,
                                                         const DevmemSenderOptions& options) {
  NB_ASSIGN(ZerocopySends sends,
            ZerocopySends::open(socket, Path::kDevmem, options.max_sends_in_flight));
  return std::unique_ptr<DevmemSender>(new DevmemSender(std::move(sends), options.dma_buf_id));
}

Result<std::uint64_t> DevmemSender::send(memory::Extent extent) {
  // No pointer, and never followed: the kernel takes it as an offset into the dma-buf.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  void* const offset = reinterpret_cast<void*>(static_cast<std::uintptr_t>(extent.offset));
  iovec place{.iov_base = offset, .iov_len = std::min(extent.length, kMaxSendBytes)};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint32_t))> control{};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const cmsghdr header{.cmsg_len = CMSG_LEN(sizeof dma_buf_id_),
                       .cmsg_level = SOL_SOCKET,
                       .cmsg_type = uapi::kScmDevmemDmabuf};
  std::memcpy(control.data(), &header, sizeof header);
  std::memcpy(control.data() + sizeof header, &dma_buf_id_, sizeof dma_buf_id_);
  // Nothing else can read the region: there is no plain send to fall back to.
  return sends_.send(message, WithoutMemory::kFail);
}

}  // namespace nobounce::path
