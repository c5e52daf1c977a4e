// SPDX-License-Identifier: Apache-2.0
// DatagramSocket: a Unix datagram socket between two paths of the file system, each end's owner
// free to come and go.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

#include "base/result.h"
#include "sys/packet_io.h"
#include "sys/socket_file.h"
#include "sys/unix_address.h"

namespace nobounce::sys {

/// A bound datagram socket and its file; move-only.
class DatagramSocket {
 public:
  /// Receives at `local` and sends to `peer`, which need not exist yet. Errors: those of
  /// SocketFile::open, kInvalidArgument (a peer whose path is empty or too long).
  static Result<DatagramSocket> open(std::filesystem::path local,
                                     const std::filesystem::path& peer);

  [[nodiscard]] int fd() const { return file_.fd(); }
  /// One datagram to the peer, of at most kMaxPacketPieces pieces. Never waits, no SIGPIPE. Fails
  /// while there is no peer.
  PacketResult send(std::span<const std::span<const std::byte>> pieces);
  /// One datagram from anybody who may write to the file. `bytes` is its own length, be it more
  /// than there is room for.
  PacketResult receive(std::span<std::byte> to);

 private:
  DatagramSocket(SocketFile file, const UnixAddress& peer) : file_(std::move(file)), peer_(peer) {}

  SocketFile file_;
  UnixAddress peer_;
};

}  // namespace nobounce::sys
