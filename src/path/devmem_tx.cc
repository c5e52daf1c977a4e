// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_tx.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "path/socket_error.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

// More than a send buffer takes, and far below where sendmsg cuts off (2 GiB).
constexpr std::uint64_t kMaxSendBytes = std::uint64_t{64} << 20;

// The first extended error in a control buffer, if there is one. The kernel adds an address to it.
std::optional<sock_extended_err> find_extended_error(msghdr& message) {
  for (cmsghdr* cmsg = CMSG_FIRSTHDR(&message); cmsg != nullptr;
       cmsg = CMSG_NXTHDR(&message, cmsg)) {
    const bool is_error = (cmsg->cmsg_level == SOL_IP && cmsg->cmsg_type == IP_RECVERR) ||
                          (cmsg->cmsg_level == SOL_IPV6 && cmsg->cmsg_type == IPV6_RECVERR);
    if (!is_error || cmsg->cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) continue;
    sock_extended_err error;
    std::memcpy(&error, CMSG_DATA(cmsg), sizeof error);
    return error;
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<DevmemSender>> DevmemSender::open(sys::SocketCalls& socket,
                                                         const DevmemSenderOptions& options) {
  if (!std::has_single_bit(options.max_sends_in_flight)) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "a devmem sender",
                 .cause = "the number of sends in flight must be a power of two",
                 .fix = {}});
  }
  const int on = 1;
  const int result = socket.setsockopt(SOL_SOCKET, SO_ZEROCOPY, std::as_bytes(std::span(&on, 1)));
  if (result < 0) return fail(error_from_errno(-result, "turn on", "SO_ZEROCOPY"));
  return std::unique_ptr<DevmemSender>(new DevmemSender(socket, options));
}

Result<std::uint64_t> DevmemSender::send(memory::Extent extent) {
  // Notifications are read in bulk: only when half of the window is used, or while waiting anyway.
  // One late send can hold the window up while few are in flight.
  if (window_.in_flight() >= window_.capacity() / 2 || !window_.has_room()) {
    NB_TRY(read_notifications());
  }
  if (!window_.has_room()) {
    awaited_events_ = 0;  // POLLERR comes unasked, with the next notification.
    return std::uint64_t{0};
  }

  ssize_t sent = send_once(extent);
  if (sent == -ENOBUFS) {
    // Notifications that wait to be read, or to be queued, have used up the socket's option memory.
    const std::uint32_t before = window_.in_flight();
    NB_TRY(read_notifications());
    if (window_.in_flight() < before) sent = send_once(extent);
    if (sent == -ENOBUFS && window_.in_flight() > 0) {
      awaited_events_ = 0;
      return std::uint64_t{0};
    }
  }
  if (sent == -EAGAIN) {
    awaited_events_ = POLLOUT;
    return std::uint64_t{0};
  }
  if (sent < 0) return fail(send_error(static_cast<int>(-sent), Path::kDevmem));
  if (sent == 0) return std::uint64_t{0};

  window_.start();
  counts_.sends_in_flight = window_.in_flight();
  counts_.bytes += static_cast<std::uint64_t>(sent);
  return static_cast<std::uint64_t>(sent);
}

ssize_t DevmemSender::send_once(memory::Extent extent) {
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

  ssize_t sent;
  do {
    sent = socket_.sendmsg(message, MSG_ZEROCOPY);
  } while (sent == -EINTR);
  return sent;
}

Result<bool> DevmemSender::settle() {
  if (window_.in_flight() == 0) return true;
  NB_ASSIGN(const bool found_any, read_notifications());
  // The caller was told of an error that is no notification: then it is the connection's, and
  // nothing will ever be queued.
  if (!found_any) {
    if (const int pending = socket_.pending_error(); pending != 0) {
      return fail(send_error(pending, Path::kDevmem));
    }
  }
  return window_.in_flight() == 0;
}

// Notifications that come while the socket has no room are read, and the wait goes on, rather than
// trying to send into a buffer that is still full.
Result<Wake> DevmemSender::wait(Awaited what, int timeout_ms) {
  const short events = what == Awaited::kRoom ? awaited_events_ : short{0};
  while (true) {
    const int came = socket_.wait(events, timeout_ms);
    if (came <= 0 || what == Awaited::kSettled) return wake_of(came);
    if ((came & POLLERR) == 0 || (came & events) != 0) return Wake::kReady;
    NB_TRY(settle());
    if (events == 0) return Wake::kReady;
  }
}

// Takes in what the error queue holds; false where that was nothing.
Result<bool> DevmemSender::read_notifications() {
  bool found_any = false;
  for (bool more = window_.in_flight() > 0; more; more = more && window_.in_flight() > 0) {
    NB_ASSIGN(more, read_notification());
    found_any = found_any || more;
  }
  counts_.sends_in_flight = window_.in_flight();
  return found_any;
}

// Takes one message off the error queue; false if there is none.
Result<bool> DevmemSender::read_notification() {
  alignas(cmsghdr) std::array<std::byte, 256> control;
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = socket_.recvmsg(message, MSG_ERRQUEUE);
  if (got == -EINTR) return true;
  if (got == -EAGAIN) return false;
  if (got < 0) return fail(send_error(static_cast<int>(-got), Path::kDevmem));

  const auto notification = find_extended_error(message);
  if (!notification || notification->ee_origin != SO_EE_ORIGIN_ZEROCOPY) return true;
  if (notification->ee_errno != 0) {
    return fail(send_error(static_cast<int>(notification->ee_errno), Path::kDevmem));
  }
  NB_TRY(window_.finish(notification->ee_info, notification->ee_data));
  if ((notification->ee_code & SO_EE_CODE_ZEROCOPY_COPIED) != 0) {
    counts_.sends_copied += notification->ee_data - notification->ee_info + 1;
  }
  return true;
}

}  // namespace nobounce::path
