// SPDX-License-Identifier: Apache-2.0
#include "sys/unix_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace nobounce::sys {
namespace {

constexpr int kBacklog = 8;

// Moves the descriptors of one control message into `received`.
void take_fds(const cmsghdr& control, Received& received) {
  const std::size_t count = (control.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(&control) + i * sizeof fd, sizeof fd);
    Fd owned(fd);
    if (received.fd_count == received.fds.size()) {
      received.fds_lost = true;
      continue;
    }
    received.fds[received.fd_count++] = std::move(owned);
  }
}

}  // namespace

Result<UnixListener> UnixListener::open(std::filesystem::path path) {
  NB_ASSIGN(SocketFile file, SocketFile::open(std::move(path), SOCK_STREAM));
  if (::listen(file.fd(), kBacklog) != 0)
    return fail(error_from_errno(errno, "listen", "socket " + file.path().native()));
  return UnixListener(std::move(file));
}

Result<std::optional<Fd>> UnixListener::accept() {
  Fd client(::accept4(fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client.is_open()) return std::optional<Fd>(std::move(client));
  if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return std::optional<Fd>();
  return fail(error_from_errno(errno, "accept", "socket " + path().native()));
}

Received receive_with_fds(int socket, std::span<std::byte> to) {
  iovec vector{.iov_base = to.data(), .iov_len = to.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(Received::kMaxFds * sizeof(int))> control;
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t count = 0;
  do {
    count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);

  Received received;
  if (count < 0) {
    received.outcome =
        errno == EAGAIN ? Received::Outcome::kWouldBlock : Received::Outcome::kClosed;
    return received;
  }
  received.outcome = count == 0 ? Received::Outcome::kClosed : Received::Outcome::kData;
  received.bytes = static_cast<std::size_t>(count);
  received.fds_lost = (message.msg_flags & MSG_CTRUNC) != 0;
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level == SOL_SOCKET && one->cmsg_type == SCM_RIGHTS) take_fds(*one, received);
  }
  return received;
}

std::optional<std::size_t> send_some(int socket, std::span<const std::byte> from, int fd) {
  // A message that is sent is not changed through its pointer, whatever the type says.
  iovec vector{.iov_base = const_cast<std::byte*>(from.data()), .iov_len = from.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof fd)> control{};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  ssize_t count = 0;
  do {
    count = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN) return 0;
  return std::nullopt;
}

}  // namespace nobounce::sys
