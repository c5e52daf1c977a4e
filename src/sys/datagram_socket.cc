// SPDX-License-Identifier: Apache-2.0
#include "sys/datagram_socket.h"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace nobounce::sys {
namespace {

PacketResult result_of(ssize_t count) {
  using Outcome = PacketResult::Outcome;
  if (count >= 0) return {.outcome = Outcome::kDone, .bytes = static_cast<std::size_t>(count)};
  const bool would_block = errno == EAGAIN;
  return {.outcome = would_block ? Outcome::kWouldBlock : Outcome::kFailed, .sys_errno = errno};
}

}  // namespace

Result<DatagramSocket> DatagramSocket::open(std::filesystem::path local,
                                            const std::filesystem::path& peer) {
  NB_ASSIGN(const UnixAddress to, UnixAddress::of(peer));
  NB_ASSIGN(SocketFile file, SocketFile::open(std::move(local), SOCK_DGRAM));
  return DatagramSocket(std::move(file), to);
}

PacketResult DatagramSocket::send(std::span<const std::span<const std::byte>> pieces) {
  assert(pieces.size() <= kMaxPacketPieces);
  std::array<iovec, kMaxPacketPieces> vectors;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    vectors[i] = {.iov_base = const_cast<std::byte*>(pieces[i].data()),
                  .iov_len = pieces[i].size()};
  // A message that is sent is not changed through its pointers, whatever their types say.
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(peer_.get());
  message.msg_namelen = peer_.size();
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.size();
  ssize_t count = 0;
  do {
    count = ::sendmsg(fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return result_of(count);
}

PacketResult DatagramSocket::receive(std::span<std::byte> to) {
  ssize_t count = 0;
  do {
    count = ::recv(fd(), to.data(), to.size(), MSG_TRUNC | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return result_of(count);
}

}  // namespace nobounce::sys
