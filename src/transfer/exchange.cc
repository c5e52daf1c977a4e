// SPDX-License-Identifier: Apache-2.0
#include "transfer/exchange.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/uio.h>

#include <cerrno>

#include "path/wake.h"
#include "transfer/awaiting.h"

namespace nobounce::transfer {
namespace {

msghdr message_of(iovec& buffer) {
  msghdr message{};
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  return message;
}

Error broken_off(int cause, std::string_view what) {
  return error_from_errno(cause, std::string(what), "an answer");
}

}  // namespace

Status send_at_once(sys::SocketCalls& socket) {
  const int on = 1;
  const int result = socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, std::as_bytes(std::span(&on, 1)));
  return result < 0 ? fail(error_from_errno(-result, "turn on", "TCP_NODELAY")) : Status{};
}

Status send_answer(sys::SocketCalls& socket, std::span<const std::byte> answer, int timeout_ms) {
  while (!answer.empty()) {
    iovec buffer{.iov_base = const_cast<std::byte*>(answer.data()), .iov_len = answer.size()};
    const ssize_t sent = socket.sendmsg(message_of(buffer), 0);
    if (sent > 0) {
      answer = answer.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && sent != -EAGAIN && sent != -EINTR)
      return fail(broken_off(static_cast<int>(-sent), "send"));
    NB_ASSIGN(const path::Wake wake, path::wait_for(socket, POLLOUT, timeout_ms));
    if (wake == path::Wake::kTimeout) return fail(nothing_moved("send an answer", timeout_ms));
  }
  return {};
}

Status await_answer(sys::SocketCalls& socket, path::Sender& sender, std::span<std::byte> into,
                    int timeout_ms) {
  const std::size_t wanted = into.size();
  while (!into.empty()) {
    iovec buffer{.iov_base = into.data(), .iov_len = into.size()};
    msghdr message = message_of(buffer);
    const ssize_t got = socket.recvmsg(message, 0);
    if (got > 0) {
      into = into.subspan(static_cast<std::size_t>(got));
      continue;
    }
    if (got == 0) {
      return fail({.code = Code::kPeerClosed,
                   .operation = "await",
                   .object = "an answer",
                   .cause = fmt::format("the peer ended after {} of {} bytes", wanted - into.size(),
                                        wanted),
                   .fix = {}});
    }
    if (got != -EAGAIN && got != -EINTR) return fail(broken_off(static_cast<int>(-got), "await"));
    NB_ASSIGN(const path::Wake wake, path::wait_for(socket, POLLIN, timeout_ms));
    if (wake == path::Wake::kTimeout) return fail(nothing_moved("await an answer", timeout_ms));
    if (sender.counts().sends_in_flight > 0) NB_TRY(sender.settle());
  }
  return {};
}

}  // namespace nobounce::transfer
