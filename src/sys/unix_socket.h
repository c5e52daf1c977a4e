// SPDX-License-Identifier: Apache-2.0
// Stream sockets on a path of the file system, and messages that carry file descriptors over them.
// Everything here is non-blocking: "would block" is a value.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include "base/result.h"
#include "sys/fd.h"
#include "sys/socket_file.h"

namespace nobounce::sys {

/// A listening socket and its file; move-only.
class UnixListener {
 public:
  /// Listens at `path`. Errors: those of SocketFile::open.
  static Result<UnixListener> open(std::filesystem::path path);

  /// The next client, or nothing if none waits. Errors: those of accept that concern us, such as
  /// running out of descriptors, not those of a client that went away again.
  Result<std::optional<Fd>> accept();

  [[nodiscard]] int fd() const { return file_.fd(); }
  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }

 private:
  explicit UnixListener(SocketFile file) : file_(std::move(file)) {}

  SocketFile file_;
};

/// What one receive brought.
struct Received {
  enum class Outcome { kData, kWouldBlock, kClosed };

  static constexpr std::size_t kMaxFds = 16;  ///< In one receive; more are a breach of protocol.

  Outcome outcome = Outcome::kWouldBlock;
  std::size_t bytes = 0;
  std::size_t fd_count = 0;
  std::array<Fd, kMaxFds> fds;  ///< The first fd_count are open; close-on-exec.
  bool fds_lost = false;        ///< More than kMaxFds came, and the kernel closed the surplus.
};

/// Receives up to `to.size()` bytes (more than none) with the descriptors that came along, which
/// end a receive: they belong to the last of the bytes. A reset connection is closed.
Received receive_with_fds(int socket, std::span<std::byte> to);

/// Sends what fits; 0 bytes means that it would block. Absent: the connection is gone. No SIGPIPE.
/// `fd`, unless it is negative, goes along with the first byte that is sent.
std::optional<std::size_t> send_some(int socket, std::span<const std::byte> from, int fd = -1);

}  // namespace nobounce::sys
