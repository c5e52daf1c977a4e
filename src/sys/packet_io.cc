// SPDX-License-Identifier: Apache-2.0
#include "sys/packet_io.h"

#include <sys/uio.h>

#include <array>
#include <cassert>
#include <cerrno>

namespace nobounce::sys {
namespace {

PacketResult result_of(ssize_t count) {
  using Outcome = PacketResult::Outcome;
  if (count >= 0) return {.outcome = Outcome::kDone, .bytes = static_cast<std::size_t>(count)};
  const bool would_block = errno == EAGAIN;
  return {.outcome = would_block ? Outcome::kWouldBlock : Outcome::kFailed, .sys_errno = errno};
}

}  // namespace

PacketResult write_packet(int fd, std::span<const std::span<const std::byte>> pieces) {
  assert(pieces.size() <= kMaxPacketPieces);
  std::array<iovec, kMaxPacketPieces> vectors;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    vectors[i] = {.iov_base = const_cast<std::byte*>(pieces[i].data()),
                  .iov_len = pieces[i].size()};
  ssize_t count = 0;
  do {
    count = ::writev(fd, vectors.data(), static_cast<int>(pieces.size()));
  } while (count < 0 && errno == EINTR);
  return result_of(count);
}

PacketResult read_packet(int fd, std::span<const std::span<std::byte>> pieces) {
  assert(pieces.size() <= kMaxPacketPieces);
  std::array<iovec, kMaxPacketPieces> vectors;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    vectors[i] = {.iov_base = pieces[i].data(), .iov_len = pieces[i].size()};
  ssize_t count = 0;
  do {
    count = ::readv(fd, vectors.data(), static_cast<int>(pieces.size()));
  } while (count < 0 && errno == EINTR);
  return result_of(count);
}

}  // namespace nobounce::sys
