// SPDX-License-Identifier: Apache-2.0
#include "sys/payload_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace nobounce::sys {
namespace {

// "-" becomes a duplicate, so that its owner may close it like any other.
Result<Fd> open_path(const std::string& path, int flags, int standard_fd) {
  Fd fd(path == "-" ? ::fcntl(standard_fd, F_DUPFD_CLOEXEC, 0)
                    : ::open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!fd.is_open()) return fail(error_from_errno(errno, "open", path));
  return fd;
}

// Waits until `fd` is ready or the user asks to stop. Regular files are always ready.
Status await(int fd, short events, int stop_fd, const std::string& path) {
  std::array<pollfd, 2> polled{pollfd{.fd = fd, .events = events, .revents = 0},
                               pollfd{.fd = stop_fd, .events = POLLIN, .revents = 0}};
  while (::poll(polled.data(), polled.size(), -1) < 0) {
    if (errno != EINTR) return fail(error_from_errno(errno, "wait for", path));
  }
  if (polled[1].revents == 0) return {};
  return fail({.code = Code::kInterrupted,
               .operation = events == POLLIN ? "read" : "write",
               .object = path,
               .cause = "stopped by the user",
               .fix = {}});
}

bool is_transient(int sys_errno) {
  return sys_errno == EINTR || sys_errno == EAGAIN;
}

}  // namespace

Result<PayloadSource> PayloadSource::open(const std::string& path, int stop_fd) {
  NB_ASSIGN(Fd fd, open_path(path, O_RDONLY, STDIN_FILENO));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return fail(error_from_errno(errno, "stat", path));
  if (S_ISDIR(status.st_mode)) {
    Error error = error_from_errno(EISDIR, "read", path);
    error.code = Code::kInvalidArgument;
    return fail(std::move(error));
  }

  std::optional<std::uint64_t> size;
  if (S_ISREG(status.st_mode)) {
    const off_t position = ::lseek(fd.get(), 0, SEEK_CUR);
    // procfs and sysfs call their files regular and of size 0: those are read to their end instead.
    if (status.st_size > 0 && position >= 0 && position <= status.st_size) {
      size = static_cast<std::uint64_t>(status.st_size - position);
    }
  }
  return PayloadSource(std::move(fd), path, size, stop_fd);
}

Result<std::size_t> PayloadSource::read(std::span<std::byte> to) {
  std::size_t filled = 0;
  while (filled < to.size()) {
    NB_TRY(await(fd_.get(), POLLIN, stop_fd_, path_));
    const ssize_t got = ::read(fd_.get(), to.data() + filled, to.size() - filled);
    if (got < 0 && is_transient(errno)) continue;
    if (got < 0) return fail(error_from_errno(errno, "read", path_));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Result<PayloadSink> PayloadSink::open(const std::string& path, int stop_fd) {
  NB_ASSIGN(Fd fd, open_path(path, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO));
  return PayloadSink(std::move(fd), path, stop_fd);
}

Status PayloadSink::write(std::span<const std::byte> from) {
  while (!from.empty()) {
    NB_TRY(await(fd_.get(), POLLOUT, stop_fd_, path_));
    const ssize_t put = ::write(fd_.get(), from.data(), from.size());
    if (put < 0 && is_transient(errno)) continue;
    if (put < 0) {
      Error error = error_from_errno(errno, "write", path_);
      // Whoever read the pipe is not the peer of a connection, which kPeerClosed would say.
      if (errno == EPIPE) error.code = Code::kIo;
      return fail(std::move(error));
    }
    from = from.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace nobounce::sys
