// SPDX-License-Identifier: Apache-2.0
// SocketCalls: the few system calls that a data path makes on its one connected socket.
//
// A seam: TcpSocket makes the calls, a fake kernel in the tests plays them. It is not a socket
// abstraction; what is passed and returned is what socket(7) says, -errno in place of errno.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "base/result.h"
#include "sys/mapping.h"

namespace nobounce::sys {

class SocketCalls {
 public:
  virtual ~SocketCalls() = default;

  /// recvmsg(2) and sendmsg(2), never blocking and never raising SIGPIPE. Bytes or -errno.
  virtual ssize_t recvmsg(msghdr& message, int flags) = 0;
  virtual ssize_t sendmsg(const msghdr& message, int flags) = 0;
  /// setsockopt(2); its result (SO_DEVMEM_DONTNEED returns a count) or -errno.
  virtual int setsockopt(int level, int name, std::span<const std::byte> value) = 0;
  /// getsockopt(2) into `value`, whose bytes it may also read; 0 or -errno.
  virtual int getsockopt(int level, int name, std::span<std::byte> value) = 0;
  /// The errno that SO_ERROR holds (and clears), or 0.
  virtual int pending_error() = 0;
  /// poll(2) for `events` until `timeout_ms` (-1: for ever) has passed: the events that came, 0 for
  /// a timeout, -ECANCELED if the user asked to stop, or another -errno. Never -EINTR.
  virtual int wait(short events, int timeout_ms) = 0;

  /// mmap(2): `size` bytes (whole pages) of address space that TCP_ZEROCOPY_RECEIVE can put pages
  /// of payload into, for reading. It keeps the connection open until it is unmapped. Error:
  /// kUnsupported where the socket has no such thing.
  virtual Result<Mapping> map_payload(std::size_t size) {
    static_cast<void>(size);
    return fail(error_from_errno(EOPNOTSUPP, "mmap", "the payload of a connection"));
  }
  /// madvise(2), MADV_DONTNEED: pages of such a mapping go back to the kernel. 0 or -errno.
  virtual int release_payload(std::span<std::byte> pages) {
    static_cast<void>(pages);
    return -EOPNOTSUPP;
  }
};

}  // namespace nobounce::sys
