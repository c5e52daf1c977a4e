// SPDX-License-Identifier: Apache-2.0
// The netlink family "netdev": queues and what is bound to them. Follows the netlink specification
// netdev.yaml and Documentation/networking/devmem.rst.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "netlink/generic.h"

namespace nobounce::netlink {

/// What holds a queue's memory instead of the driver.
enum class QueueHolder { kNobody, kDmaBuf, kIoUring, kAfXdp };

/// "a dma-buf", "io_uring", "AF_XDP".
std::string_view name_of(QueueHolder holder);

struct Queue {
  enum class Direction { kReceive, kSend };
  std::uint32_t id = 0;
  Direction direction = Direction::kReceive;
  QueueHolder holder = QueueHolder::kNobody;
};

/// A queue from the payload of one queue-get message. Error: kProtocol.
Result<Queue> parse_queue(std::span<const std::byte> payload);
/// The id of the new binding from the answer to bind-rx or bind-tx. Error: kProtocol.
Result<std::uint32_t> parse_binding_id(std::span<const std::byte> payload);

/// Move-only; not thread-safe. A binding lives as long as the socket that made it.
class Netdev {
 public:
  /// kUnsupported on kernels without the family (before 6.3).
  static Result<Netdev> open();

  /// The queues of an interface that is up; one that is down has none. Linux 6.8.
  Result<std::vector<Queue>> queues(int ifindex);
  /// Binds a dma-buf to receive queues, in niovs of so many bytes (0: the driver's own), and gives
  /// its id. Linux 6.12, niov sizes 7.3; CAP_NET_ADMIN. The errors are the kernel's own.
  Result<std::uint32_t> bind_rx(int ifindex, std::span<const std::uint32_t> queues, int dma_buf_fd,
                                std::uint32_t niov_bytes = 0);
  /// Binds a dma-buf for sending and gives its id. Linux 6.16.
  Result<std::uint32_t> bind_tx(int ifindex, int dma_buf_fd);

  /// Gives away the socket that holds what was bound.
  [[nodiscard]] Socket take_socket() && { return std::move(generic_).take_socket(); }

 private:
  explicit Netdev(GenericSocket generic) : generic_(std::move(generic)) {}
  GenericSocket generic_;
};

}  // namespace nobounce::netlink
