// SPDX-License-Identifier: Apache-2.0
// SocketFile: a Unix socket bound to a path of the file system, whatever its type. What it is used
// for is its users' business: unix_socket.h listens, datagram_socket.h sends and receives.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <utility>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// Owns a socket and its file; removes the file when it goes, if it still is this one's. Move-only.
class SocketFile {
 public:
  /// Binds a non-blocking, close-on-exec socket of `type`, as SOCK_STREAM, at `path`, whose file
  /// has mode 0600 (less the umask) from the moment it exists. A socket that nobody owns any more
  /// is replaced. Errors: kBusy (somebody uses it, or another kind of file is there),
  /// kInvalidArgument (a path that is empty or too long), those of bind.
  static Result<SocketFile> open(std::filesystem::path path, int type);

  SocketFile(SocketFile&& other) noexcept = default;
  SocketFile& operator=(SocketFile&& other) noexcept;
  ~SocketFile() { remove(); }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  SocketFile(Fd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}
  void remove();

  Fd fd_;
  std::filesystem::path path_;
  dev_t device_ = 0;  // with inode_: which file is ours
  ino_t inode_ = 0;
};

}  // namespace nobounce::sys
