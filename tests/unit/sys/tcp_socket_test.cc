// SPDX-License-Identifier: Apache-2.0
#include "sys/tcp_socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace nobounce::sys {
namespace {

// What a peer reads from a connection that was made with `options`, then left: a count or -errno.
ssize_t what_the_peer_reads(const TcpOptions& options, bool keeps_reset) {
  const Fd listener(::socket(AF_INET, SOCK_STREAM, 0));
  auto address = *to_socket_address({"127.0.0.1", 0});
  EXPECT_EQ(::bind(listener.get(), address.get(), address.length), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), address.get(), &address.length), 0);
  {
    auto socket = TcpSocket::connect(*to_endpoint(address), options);
    EXPECT_TRUE(socket);
    if (!keeps_reset) {
      EXPECT_TRUE(socket->set_reset_on_close(false));
    }
  }
  const Fd peer(::accept(listener.get(), nullptr, nullptr));
  char byte;
  const ssize_t got = ::recv(peer.get(), &byte, 1, 0);
  return got < 0 ? -errno : got;
}

TEST(TcpSocket, ResetsWhatItLeavesFromTheMomentItConnects) {
  EXPECT_EQ(what_the_peer_reads({.reset_on_close = true}, true), -ECONNRESET);
}

TEST(TcpSocket, EndsTheStreamOnceTheResetIsCalledOff) {
  EXPECT_EQ(what_the_peer_reads({.reset_on_close = true}, false), 0);
}

}  // namespace
}  // namespace nobounce::sys
