// SPDX-License-Identifier: Apache-2.0
// DatagramSocket: a Unix datagram socket between two paths of the file system, each end's owner
// free to come and go.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"
#include "sys/fd.h"
#include "sys/packet_io.h"

namespace nobounce::sys {

/// Owns a socket and its file; removes the file when it goes, if it still is this one's. Move-only.
class DatagramSocket {
 public:
  /// Receives at `local`, whose file has mode 0600 (less the umask) from the moment it exists, and
  /// sends to `peer`, which need not exist yet. A socket that nobody owns any more is replaced.
  /// Errors: kBusy (somebody receives there, or another kind of file is there), kInvalidArgument (a
  /// path that is empty or too long), those of bind.
  static Result<DatagramSocket> open(std::filesystem::path local, std::filesystem::path peer);

  DatagramSocket(DatagramSocket&& other) noexcept = default;
  DatagramSocket& operator=(DatagramSocket&&) = delete;
  ~DatagramSocket();

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// One datagram to the peer, of at most kMaxPacketPieces pieces. Never waits, no SIGPIPE. Fails
  /// while there is no peer.
  PacketResult send(std::span<const std::span<const std::byte>> pieces);
  /// One datagram from anybody who may write to the file. `bytes` is its own length, be it more
  /// than there is room for.
  PacketResult receive(std::span<std::byte> to);

 private:
  DatagramSocket(Fd fd, std::filesystem::path local, std::filesystem::path peer)
      : fd_(std::move(fd)), local_(std::move(local)), peer_(std::move(peer)) {}

  Fd fd_;
  std::filesystem::path local_;
  std::filesystem::path peer_;
  dev_t device_ = 0;  // with inode_: which file is ours
  ino_t inode_ = 0;
};

}  // namespace nobounce::sys
