// SPDX-License-Identifier: Apache-2.0
// Socket: a netlink socket of our own, for one request and its answer at a time.
//
// It is private to its owner: no multicast groups, so whatever arrives answers the last request.
// What the kernel ties to a socket (a dma-buf's binding) lives exactly as long as its Socket.
#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "netlink/replies.h"
#include "netlink/request.h"

namespace nobounce::netlink {

/// Move-only; closing it makes the kernel undo what is tied to it. Not thread-safe.
class Socket {
 public:
  enum class Protocol { kRoute, kGeneric };

  static Result<Socket> open(Protocol protocol);

  /// Sends `request` and waits for the whole answer; a dump that the kernel calls interrupted is
  /// asked for again, a few times. Errors: the kernel's, with its extended ack as `cause` and with
  /// the given operation and object; kProtocol for a malformed answer, after which the socket is
  /// of no further use.
  Result<std::vector<Message>> exchange(Request& request, const std::string& operation,
                                        const std::string& object);

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  explicit Socket(mnl_socket* socket);

  Result<Replies> ask(Request& request);

  std::unique_ptr<mnl_socket, Closer> socket_;
  std::vector<std::byte> buffer_;
  std::uint32_t sequence_ = 0;
};

}  // namespace nobounce::netlink
