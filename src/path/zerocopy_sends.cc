// SPDX-License-Identifier: Apache-2.0
#include "path/zerocopy_sends.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "path/socket_error.h"

namespace nobounce::path {
namespace {

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

Result<ZerocopySends> ZerocopySends::open(sys::SocketCalls& socket, Path path,
                                          std::uint32_t max_in_flight) {
  if (!std::has_single_bit(max_in_flight)) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "a zerocopy sender",
                 .cause = "the number of sends in flight must be a power of two",
                 .fix = {}});
  }
  const int on = 1;
  const int result = socket.setsockopt(SOL_SOCKET, SO_ZEROCOPY, std::as_bytes(std::span(&on, 1)));
  if (result < 0) return fail(error_from_errno(-result, "turn on", "SO_ZEROCOPY"));
  return ZerocopySends(socket, path, max_in_flight);
}

Result<std::uint64_t> ZerocopySends::send(const msghdr& message, WithoutMemory policy) {
  // What was not taken whole filled the socket's buffer: the next send would block.
  if (std::exchange(is_full_, false)) return wait_for(POLLOUT);

  // Notifications are read in bulk: only when half of the window is used, or while waiting anyway.
  // One late send can hold the window up while few are in flight.
  if (window_.in_flight() >= window_.capacity() / 2 || !window_.has_room()) {
    NB_TRY(read_notifications());
  }
  if (!window_.has_room()) return wait_for(0);  // POLLERR comes unasked, with a notification.

  ssize_t sent = try_send(message, MSG_ZEROCOPY);
  if (sent == -ENOBUFS) {
    // Notifications that wait to be read, or to be queued, have used up the socket's option memory;
    // or the pages in flight what this user may lock.
    const std::uint32_t before = window_.in_flight();
    NB_TRY(read_notifications());
    if (window_.in_flight() < before) sent = try_send(message, MSG_ZEROCOPY);
    if (sent == -ENOBUFS && window_.in_flight() > 0) return wait_for(0);
    if (sent == -ENOBUFS && policy == WithoutMemory::kSendPlainly) return send_plainly(message);
  }
  if (sent == -EAGAIN) return wait_for(POLLOUT);
  if (sent < 0) return fail(send_error(static_cast<int>(-sent), path_));
  if (sent == 0) return std::uint64_t{0};

  is_full_ = static_cast<std::uint64_t>(sent) < message.msg_iov->iov_len;
  awaited_events_ = POLLOUT;
  window_.start();
  counts_.sends_in_flight = window_.in_flight();
  counts_.bytes += static_cast<std::uint64_t>(sent);
  return static_cast<std::uint64_t>(sent);
}

// What `wait` shall wait for, now that there is no room.
Result<std::uint64_t> ZerocopySends::wait_for(short events) {
  awaited_events_ = events;
  return std::uint64_t{0};
}

// A plain send has no number among the zerocopy ones, and is over when it returns.
Result<std::uint64_t> ZerocopySends::send_plainly(const msghdr& message) {
  const ssize_t sent = try_send(message, 0);
  if (sent == -EAGAIN) return wait_for(POLLOUT);
  if (sent < 0) return fail(send_error(static_cast<int>(-sent), path_));
  ++counts_.sends_degraded;
  counts_.bytes += static_cast<std::uint64_t>(sent);
  return static_cast<std::uint64_t>(sent);
}

ssize_t ZerocopySends::try_send(const msghdr& message, int flags) {
  ssize_t sent;
  do {
    sent = socket_->sendmsg(message, flags);
  } while (sent == -EINTR);
  return sent;
}

Result<bool> ZerocopySends::settle() {
  if (window_.in_flight() == 0) return true;
  NB_ASSIGN(const bool found_any, read_notifications());
  // The caller was told of an error that is no notification: then it is the connection's, and
  // nothing will ever be queued.
  if (!found_any) {
    if (const int pending = socket_->pending_error(); pending != 0) {
      return fail(send_error(pending, path_));
    }
  }
  return window_.in_flight() == 0;
}

// Notifications that come while the socket has no room are read, and the wait goes on, rather than
// trying to send into a buffer that is still full.
Result<Wake> ZerocopySends::wait(Awaited what, int timeout_ms) {
  // Where no send is in flight no notification is to come.
  const short for_room = window_.in_flight() == 0 ? short{POLLOUT} : awaited_events_;
  const short events = what == Awaited::kRoom ? for_room : short{0};
  while (true) {
    const int came = socket_->wait(events, timeout_ms);
    if (came <= 0 || what == Awaited::kSettled) return wake_of(came);
    if ((came & POLLERR) == 0 || (came & events) != 0) return Wake::kReady;
    NB_TRY(settle());
    if (events == 0) return Wake::kReady;
  }
}

// Takes in what the error queue holds; false where that was nothing.
Result<bool> ZerocopySends::read_notifications() {
  bool found_any = false;
  for (bool more = window_.in_flight() > 0; more; more = more && window_.in_flight() > 0) {
    NB_ASSIGN(more, read_notification());
    found_any = found_any || more;
  }
  counts_.sends_in_flight = window_.in_flight();
  return found_any;
}

// Takes one message off the error queue; false if there is none.
Result<bool> ZerocopySends::read_notification() {
  alignas(cmsghdr) std::array<std::byte, 256> control;
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = socket_->recvmsg(message, MSG_ERRQUEUE);
  if (got == -EINTR) return true;
  if (got == -EAGAIN) return false;
  if (got < 0) return fail(send_error(static_cast<int>(-got), path_));

  const auto notification = find_extended_error(message);
  if (!notification || notification->ee_origin != SO_EE_ORIGIN_ZEROCOPY) return true;
  if (notification->ee_errno != 0) {
    return fail(send_error(static_cast<int>(notification->ee_errno), path_));
  }
  NB_TRY(window_.finish(notification->ee_info, notification->ee_data));
  if ((notification->ee_code & SO_EE_CODE_ZEROCOPY_COPIED) != 0) {
    counts_.sends_copied += notification->ee_data - notification->ee_info + 1;
  }
  return true;
}

}  // namespace nobounce::path
