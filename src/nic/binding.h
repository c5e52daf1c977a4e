// SPDX-License-Identifier: Apache-2.0
// Bindings: a dma-buf bound to receive queues of a NIC, or to a NIC for sending.
//
// The kernel ties a binding to the netlink socket that made it: closing the socket unbinds, so a
// crash leaks nothing. Source: Documentation/networking/devmem.rst, netlink spec netdev.yaml.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "netlink/socket.h"

namespace nobounce::nic {

class RxBinding {
 public:
  /// Binds `dma_buf_fd` to receive queues. The kernel wants header split on and hds-thresh 0, no
  /// XDP program, and queues that nobody has bound. Errors carry which of these failed where the
  /// kernel says so: kBusy (queue bound), kUnsupported, kPermission (CAP_NET_ADMIN).
  /// `niov_bytes` are those of a slot, a power of two from the page on; 0: the driver's own, which
  /// is all that most have.
  static Result<RxBinding> bind(int ifindex, std::span<const std::uint32_t> queues, int dma_buf_fd,
                                std::uint32_t niov_bytes = 0);

  [[nodiscard]] std::uint32_t dma_buf_id() const { return dma_buf_id_; }

 private:
  RxBinding(netlink::Socket socket, std::uint32_t id)
      : socket_(std::move(socket)), dma_buf_id_(id) {}
  netlink::Socket socket_;
  std::uint32_t dma_buf_id_;
};

class TxBinding {
 public:
  /// Binds `dma_buf_fd` for sending through the NIC. Needs no privilege since Linux 7.3. Errors:
  /// kUnsupported where the driver can't, or where its checksum offload is off: the kernel would
  /// bind, and then drop every packet.
  static Result<TxBinding> bind(int ifindex, int dma_buf_fd);

  [[nodiscard]] std::uint32_t dma_buf_id() const { return dma_buf_id_; }

 private:
  TxBinding(netlink::Socket socket, std::uint32_t id)
      : socket_(std::move(socket)), dma_buf_id_(id) {}
  netlink::Socket socket_;
  std::uint32_t dma_buf_id_;
};

}  // namespace nobounce::nic
