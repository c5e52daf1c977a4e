// SPDX-License-Identifier: Apache-2.0
#include "nic/binding.h"

#include <cerrno>

#include "netlink/netdev.h"

namespace nobounce::nic {
namespace {

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
      if (error.cause.empty()) error.cause = what_is_needed;
      break;
    case ERANGE:
      error.code = Code::kInvalidArgument;
      if (error.cause.empty()) error.cause = "the driver can't give this queue away";
      error.fix = "take a queue from 1 on that the NIC has";
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
                                  int dma_buf_fd) {
  NB_ASSIGN(netlink::Netdev netdev, netlink::Netdev::open());
  auto id = netdev.bind_rx(ifindex, queues, dma_buf_fd);
  if (!id) {
    return fail(explain(std::move(id).error(),
                        "the driver can't restart single queues or has no unreadable receive"));
  }
  return RxBinding(std::move(netdev).take_socket(), *id);
}

Result<TxBinding> TxBinding::bind(int ifindex, int dma_buf_fd) {
  NB_ASSIGN(netlink::Netdev netdev, netlink::Netdev::open());
  auto id = netdev.bind_tx(ifindex, dma_buf_fd);
  if (!id) {
    return fail(explain(std::move(id).error(), "the driver has no device memory transmit"));
  }
  return TxBinding(std::move(netdev).take_socket(), *id);
}

}  // namespace nobounce::nic
