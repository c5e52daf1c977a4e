// SPDX-License-Identifier: Apache-2.0
// DevmemReceiver: path `devmem`, receiving side.
//
// The NIC writes payload into the region; recvmsg(MSG_SOCK_DEVMEM) only says where, one control
// message a frag. Follows Documentation/networking/devmem.rst and net/ipv4/tcp.c of Linux 7.3.
// Making the binding and steering the flow are the business of room nic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "path/frag_store.h"
#include "path/receiver.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

struct DevmemCmsg;

struct DevmemReceiverOptions {
  std::uint64_t region_size = 0;     ///< Bytes of the bound dma-buf.
  std::uint32_t dma_buf_id = 0;      ///< Of the binding.
  std::uint32_t max_held_frags = 0;  ///< Frags on loan at a time; the pool must have more pages.
  /// Bytes of one read, and of the host buffer where bytes land that are not in the region. Pages
  /// of the buffer that nothing lands on are never touched.
  std::uint64_t max_read_bytes = std::uint64_t{64} << 20;
};

class DevmemReceiver final : public Receiver {
 public:
  /// `socket` must outlive the receiver. Error: kInvalidArgument for an option that is 0.
  static Result<std::unique_ptr<DevmemReceiver>> open(sys::SocketCalls& socket,
                                                      const DevmemReceiverOptions& options);

  Result<Received> receive(std::uint64_t max_bytes) override;
  Result<Wake> wait(int timeout_ms) override;
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }
  Status give_back(FragRange range) override;

 private:
  DevmemReceiver(sys::SocketCalls& socket, const DevmemReceiverOptions& options);
  Result<std::uint64_t> take_frags(std::span<const std::byte> control, std::uint64_t room);
  Status take_frag(const DevmemCmsg& message, std::uint64_t linear_end);
  Status return_tokens(FragRange range);

  sys::SocketCalls& socket_;
  DevmemReceiverOptions options_;
  FragStore store_;
  std::vector<std::uint32_t> tokens_;  // One a slot of the store; kNoToken for linear bytes.
  std::vector<std::byte> control_;
  std::unique_ptr<std::byte[]> linear_;  // max_read_bytes; filled up to linear_used_.
  std::uint64_t linear_used_ = 0;
  ReceiveCounts counts_;
  Status give_back_status_;  // The first give-back that failed.
};

}  // namespace nobounce::path
