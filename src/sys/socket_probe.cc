// SPDX-License-Identifier: Apache-2.0
#include "sys/socket_probe.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "sys/fd.h"
#include "sys/uapi/devmem.h"

namespace nobounce::sys {
namespace {

/// A socket that was never connected; of IPv6 where a host has no IPv4.
Result<Fd> open_tcp_socket() {
  for (const int family : {AF_INET, AF_INET6}) {
    Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.is_open()) return socket;
  }
  return fail(error_from_errno(errno, "socket", "TCP"));
}

Status refused(std::string operation, const char* option) {
  Error error = error_from_errno(errno, std::move(operation), option);
  if (error.sys_errno == ENOPROTOOPT) error.code = Code::kUnsupported;
  return fail(std::move(error));
}

}  // namespace

Status probe_msg_zerocopy() {
  NB_ASSIGN(const Fd socket, open_tcp_socket());
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) == 0) return {};
  return refused("setsockopt", "SO_ZEROCOPY");
}

Status probe_tcp_zerocopy_receive() {
  NB_ASSIGN(const Fd socket, open_tcp_socket());
  tcp_zerocopy_receive nothing{};
  socklen_t length = sizeof nothing;
  if (::getsockopt(socket.get(), IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &nothing, &length) == 0) {
    return {};
  }
  return refused("getsockopt", "TCP_ZEROCOPY_RECEIVE");
}

Status probe_devmem_dontneed() {
  NB_ASSIGN(const Fd socket, open_tcp_socket());
  const uapi::DmabufToken none{.token_start = 0, .token_count = 0};
  if (::setsockopt(socket.get(), SOL_SOCKET, uapi::kSoDevmemDontneed, &none, sizeof none) >= 0) {
    return {};
  }
  return refused("setsockopt", "SO_DEVMEM_DONTNEED");
}

}  // namespace nobounce::sys
