// SPDX-License-Identifier: Apache-2.0
#include "netlink/socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <span>

namespace nobounce::netlink {
namespace {

// The kernel never sends a larger datagram: dumps are cut at 32 KiB, single answers stay below.
constexpr std::size_t kReceiveBytes = 64U << 10;
// How often an interrupted dump is asked for; a NIC that changes faster can't be described.
constexpr int kMaxDumpAttempts = 8;

void add_context(Error& error, const std::string& operation, const std::string& object) {
  error.operation = operation;
  error.object = object;
}

}  // namespace

Socket::Socket(mnl_socket* socket) : socket_(socket), buffer_(kReceiveBytes) {}

Result<Socket> Socket::open(Protocol protocol) {
  const int bus = protocol == Protocol::kRoute ? NETLINK_ROUTE : NETLINK_GENERIC;
  mnl_socket* opened = mnl_socket_open2(bus, SOCK_CLOEXEC);
  if (opened == nullptr) return fail(error_from_errno(errno, "open", "a netlink socket"));
  Socket socket(opened);
  if (mnl_socket_bind(opened, 0, MNL_SOCKET_AUTOPID) < 0) {
    return fail(error_from_errno(errno, "bind", "a netlink socket"));
  }
  // Kernels before 4.12 have no extended acks, and none of these is needed for a right answer.
  int on = 1;
  (void)mnl_socket_setsockopt(opened, NETLINK_EXT_ACK, &on, sizeof on);
  (void)mnl_socket_setsockopt(opened, NETLINK_CAP_ACK, &on, sizeof on);
  (void)mnl_socket_setsockopt(opened, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return socket;
}

Result<Replies> Socket::ask(Request& request) {
  request.set_sequence(++sequence_);
  const auto bytes = request.bytes();
  ssize_t sent = 0;
  do {
    sent = mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size());
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return fail(error_from_errno(errno, {}, {}));

  Replies replies(sequence_, mnl_socket_get_portid(socket_.get()), request.is_dump());
  for (bool complete = false; !complete;) {
    const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(error_from_errno(errno, {}, {}));
    NB_ASSIGN(complete, replies.take(std::span(buffer_).first(static_cast<std::size_t>(got))));
  }
  return replies;
}

Result<std::vector<Message>> Socket::exchange(Request& request, const std::string& operation,
                                              const std::string& object) {
  Error last = error_from_errno(E2BIG, {}, {});
  if (request.fits()) {
    for (int attempt = 0; attempt < kMaxDumpAttempts; ++attempt) {
      Result<Replies> replies = ask(request);
      if (!replies) {
        last = std::move(replies).error();
        break;
      }
      if (!replies->interrupted()) return std::move(*replies).messages();
      last = error_from_errno(EAGAIN, {}, {});
      last.cause = "the dump was interrupted by changes each time";
    }
  }
  add_context(last, operation, object);
  return fail(std::move(last));
}

}  // namespace nobounce::netlink
