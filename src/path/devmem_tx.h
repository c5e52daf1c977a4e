// SPDX-License-Identifier: Apache-2.0
// DevmemSender: path `devmem`, sending side.
//
// The NIC reads payload from the region; sendmsg only says where: its iovec holds offsets within
// the dma-buf, and a control message names the binding. When the NIC is done, and the peer has
// acknowledged, the kernel says so on the socket's error queue. Follows
// Documentation/networking/devmem.rst and msg_zerocopy.rst of Linux 7.3.
#pragma once

#include <cstdint>
#include <memory>

#include "path/sender.h"
#include "path/zerocopy_sends.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

struct DevmemSenderOptions {
  std::uint32_t dma_buf_id = 0;             ///< Of the binding.
  std::uint32_t max_sends_in_flight = 512;  ///< A power of two.
};

class DevmemSender final : public Sender {
 public:
  /// Turns SO_ZEROCOPY on. `socket` must be new (nothing sent yet), tied to the binding's NIC, and
  /// outlive the sender.
  static Result<std::unique_ptr<DevmemSender>> open(sys::SocketCalls& socket,
                                                    const DevmemSenderOptions& options);

  Result<std::uint64_t> send(memory::Extent extent) override;
  Result<bool> settle() override { return sends_.settle(); }
  Result<Wake> wait(Awaited what, int timeout_ms) override { return sends_.wait(what, timeout_ms); }
  [[nodiscard]] const SendCounts& counts() const override { return sends_.counts(); }

 private:
  DevmemSender(ZerocopySends sends, std::uint32_t dma_buf_id)
      : sends_(std::move(sends)), dma_buf_id_(dma_buf_id) {}

  ZerocopySends sends_;
  std::uint32_t dma_buf_id_;
};

}  // namespace nobounce::path
