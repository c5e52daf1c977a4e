// SPDX-License-Identifier: Apache-2.0
#include "sys/byte_stream.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace nobounce::sys {
namespace {

Result<Fd> open_path(const std::string& path, int flags) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!fd.is_open()) return fail(error_from_errno(errno, "open", path));
  return fd;
}

Status set_non_blocking(const Fd& fd, std::string_view object) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    return fail(error_from_errno(errno, "fcntl", std::string(object)));
  return {};
}

}  // namespace

Result<FdPair> make_input_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail(error_from_errno(errno, "pipe", "a pipe"));
  return FdPair{Fd(fds[0]), Fd(fds[1])};
}

Result<FdPair> make_pipe() {
  NB_ASSIGN(FdPair pair, make_input_pipe());
  NB_TRY(set_non_blocking(pair.first, "a pipe"));
  return pair;
}

Result<FdPair> make_socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    return fail(error_from_errno(errno, "socketpair", "a socket pair"));
  FdPair pair{Fd(fds[0]), Fd(fds[1])};
  NB_TRY(set_non_blocking(pair.first, "a socket pair"));
  return pair;
}

Result<Fd> open_for_reading(const std::string& path, bool non_blocking) {
  return open_path(path, O_RDONLY | (non_blocking ? O_NONBLOCK : 0));
}

Result<Fd> open_for_writing(const std::string& path) {
  return open_path(path, O_WRONLY);
}

Result<Fd> open_for_both_ways(const std::string& path) {
  return open_path(path, O_RDWR);
}

Result<Fd> create_file(const std::string& path) {
  return open_path(path, O_WRONLY | O_CREAT | O_TRUNC);
}

Result<std::optional<std::size_t>> read_some(int fd, std::span<char> into,
                                             std::string_view object) {
  for (;;) {
    const ssize_t got = ::read(fd, into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return std::nullopt;
    return fail(error_from_errno(errno, "read", std::string(object)));
  }
}

Result<std::optional<std::size_t>> write_some(int fd, std::string_view bytes,
                                              std::string_view object) {
  for (;;) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put >= 0) return static_cast<std::size_t>(put);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return std::nullopt;
    return fail(error_from_errno(errno, "write", std::string(object)));
  }
}

Status write_all(int fd, std::string_view bytes, std::string_view object) {
  while (!bytes.empty()) {
    NB_ASSIGN(const std::optional<std::size_t> put, write_some(fd, bytes, object));
    if (!put) return fail(error_from_errno(EAGAIN, "write", std::string(object)));
    bytes.remove_prefix(*put);
  }
  return {};
}

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

void ignore_broken_pipes() {
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace nobounce::sys
