// SPDX-License-Identifier: Apache-2.0
#include "nic/binding.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>

#include "netlink/ethtool.h"
#include "netlink/link.h"
#include "netlink/netdev.h"
#include "nic/nic.h"

namespace nobounce::nic {
namespace {

/// The interface as people call it; its number where it can't be asked for.
std::string name_of_interface(int ifindex) {
  if (auto routes = netlink::RouteSocket::open()) {
    if (auto link = routes->link(ifindex)) return link->name;
  }
  return fmt::format("interface {}", ifindex);
}

/// The kernel can't sum payload that it can't read, and drops such packets without a word.
Status check_tx_checksum(int ifindex) {
  NB_ASSIGN(netlink::Ethtool ethtool, netlink::Ethtool::open());
  NB_ASSIGN(const auto features, ethtool.features(ifindex));
  if (tx_checksum(features).active) return {};
  const std::string name = name_of_interface(ifindex);
  return fail({.code = Code::kUnsupported,
               .sys_errno = 0,
               .operation = "bind-tx",
               .object = name,
               .cause = "transmit checksum offload is off, so the kernel would drop every packet",
               .fix = fmt::format("ethtool -K {} tx on", name)});
}

/// The kernel's refusal in terms of what the user can do. Its extended ack stays the cause: it
/// names the precondition that failed better than an errno can.
Error explain(Error error, std::string_view what_is_needed) {
  switch (error.sys_errno) {
    case EPERM:
    case EACCES:
      error.fix = "run as root or grant CAP_NET_ADMIN";
      break;
    case EEXIST:
    case EBUSY:
      if (error.cause.empty()) error.cause = "somebody else's memory is bound to the queue";
      // The kernel says EEXIST also for an XDP program, which takes every queue.
      error.fix = error.cause.find("XDP program") != std::string::npos
                      ? "detach the XDP program"
                      : "take another queue or end its user";
      break;
    case ENODEV:
      error.cause = "the interface is gone";
      break;
    case EOPNOTSUPP:
      error.cause = error.cause.empty() ? std::string(what_is_needed)
                                        : fmt::format("{} ({})", what_is_needed, error.cause);
      break;
    case ERANGE:
      error.code = Code::kInvalidArgument;
      if (error.cause.empty()) error.cause = "the driver can't give this queue away";
      error.fix = "take a queue from 1 on that the NIC has";
      break;
    case ENODATA:
      // The queue was restarted, but its page pool never asked for the dma-buf (gve of 6.12).
      error.code = Code::kUnsupported;
      error.cause = "bind-rx was tried, but the driver does not receive into a dma-buf";
      error.fix = "use --path copy, or a newer kernel";
      break;
    case EINVAL:
      // Of a well-formed request this says that a precondition does not hold on this NIC.
      error.code = Code::kUnsupported;
      break;
    default:
      break;
  }
  return error;
}

}  // namespace

Result<RxBinding> RxBinding::bind(int ifindex, std::span<const std::uint32_t> queues,
                                  int dma_buf_fd, std::uint32_t niov_bytes) {
  NB_ASSIGN(netlink::Netdev netdev, netlink::Netdev::open());
  auto id = netdev.bind_rx(ifindex, queues, dma_buf_fd, niov_bytes);
  if (!id) {
    const bool may_be_the_size = niov_bytes != 0 && id.error().code == Code::kUnsupported;
    Error error = explain(std::move(id).error(),
                          "the driver can't restart single queues or has no unreadable receive");
    if (may_be_the_size) error.fix = "leave --niov-size out";
    error.object = fmt::format("{} queue {}", name_of_interface(ifindex), fmt::join(queues, ","));
    return fail(std::move(error));
  }
  return RxBinding(std::move(netdev).take_socket(), *id);
}

Result<TxBinding> TxBinding::bind(int ifindex, int dma_buf_fd) {
  NB_TRY(check_tx_checksum(ifindex));
  NB_ASSIGN(netlink::Netdev netdev, netlink::Netdev::open());
  auto id = netdev.bind_tx(ifindex, dma_buf_fd);
  if (!id) {
    Error error = explain(std::move(id).error(), "the driver has no device memory transmit");
    error.object = name_of_interface(ifindex);
    return fail(std::move(error));
  }
  return TxBinding(std::move(netdev).take_socket(), *id);
}

}  // namespace nobounce::nic
