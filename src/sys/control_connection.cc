// SPDX-License-Identifier: Apache-2.0
#include "sys/control_connection.h"

#include <linux/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "sys/readiness.h"

namespace nobounce::sys {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// With all headers below 1280, the least MTU of IPv6, and of a bench.
constexpr int kSegmentBytes = 1160;
// Quiet for so long: the peer is asked, three times, whether it is there.
constexpr int kAskSeconds = 5;
constexpr int kAskings = 3;
constexpr unsigned kDeadPeerMs = 20'000;

tl::unexpected<Error> peer_trouble(Code code, const char* cause) {
  return fail({.code = code, .operation = "speak with", .object = "the peer", .cause = cause});
}

tl::unexpected<Error> peer_trouble(int cause) {
  Error error = error_from_errno(cause, "speak with", "the peer");
  // Found out by keep-alive, or by a router: to whoever waits it has gone like any other.
  if (cause == ETIMEDOUT || cause == EHOSTUNREACH || cause == ENETUNREACH)
    error.code = Code::kPeerClosed;
  return fail(std::move(error));
}

template <typename T>
bool set_option(int fd, int level, int name, const T& value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// Before the connection is made: segments are agreed upon then. A listener's are inherited.
Result<Fd> open_control_socket(const SocketAddress& address) {
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(error_from_errno(errno, "open", "a TCP socket"));
  const int on = 1;
  if (set_option(fd.get(), IPPROTO_TCP, TCP_MAXSEG, kSegmentBytes) &&
      set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, on) &&
      set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, on) &&
      set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, kAskSeconds) &&
      set_option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL, kAskSeconds) &&
      set_option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT, kAskings) &&
      set_option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, kDeadPeerMs))
    return fd;
  return fail(error_from_errno(errno, "set options of", "a TCP socket"));
}

Result<Endpoint> endpoint_by(int (*ask)(int, sockaddr*, socklen_t*), int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (ask(fd, address.get(), &address.length) != 0)
    return fail(error_from_errno(errno, "ask for an address of", "the connection"));
  return to_endpoint(address);
}

}  // namespace

Result<ControlConnection> ControlConnection::connect(const Endpoint& peer, Deadline deadline,
                                                     int stop_fd) {
  NB_ASSIGN(const SocketAddress address, to_socket_address(peer));
  NB_ASSIGN(Fd fd, open_control_socket(address));
  ControlConnection connection(std::move(fd), stop_fd);
  const bool is_made = ::connect(connection.fd(), address.get(), address.length) == 0;
  if (is_made) return connection;
  if (errno != EINPROGRESS && errno != EINTR)
    return fail(error_from_errno(errno, "connect to", to_string(peer)));
  NB_TRY(connection.wait(POLLOUT, deadline));
  int pending = 0;
  socklen_t length = sizeof pending;
  if (::getsockopt(connection.fd(), SOL_SOCKET, SO_ERROR, &pending, &length) != 0) pending = errno;
  if (pending != 0) return fail(error_from_errno(pending, "connect to", to_string(peer)));
  return connection;
}

Status ControlConnection::wait(short events, Deadline deadline) const {
  std::array<pollfd, 2> entries = {{{.fd = fd_.get(), .events = events, .revents = 0},
                                    {.fd = stop_fd_, .events = POLLIN, .revents = 0}}};
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  NB_ASSIGN(const bool is_ready, wait_ready(entries, std::max(left, milliseconds(0))));
  if (!is_ready) return peer_trouble(Code::kTimeout, "it did not answer in time");
  if (entries[1].revents != 0) return peer_trouble(Code::kInterrupted, "stopped by the user");
  return {};
}

Result<std::span<const char>> ControlConnection::receive_some(std::span<char> room,
                                                              Deadline deadline) {
  while (true) {
    const ssize_t got = ::recv(fd_.get(), room.data(), room.size(), 0);
    if (got > 0) return room.first(static_cast<std::size_t>(got));
    if (got == 0) return peer_trouble(Code::kPeerClosed, "it closed the connection");
    if (errno != EAGAIN && errno != EINTR) return peer_trouble(errno);
    NB_TRY(wait(POLLIN, deadline));
  }
}

Status ControlConnection::send_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return peer_trouble(errno);
    NB_TRY(wait(POLLOUT, deadline));
  }
  return {};
}

Result<Endpoint> ControlConnection::local() const {
  return endpoint_by(&::getsockname, fd_.get());
}

Result<Endpoint> ControlConnection::peer() const {
  return endpoint_by(&::getpeername, fd_.get());
}

Result<ControlListener> ControlListener::open(const Endpoint& local, int stop_fd) {
  constexpr int kBacklog = 16;
  NB_ASSIGN(const SocketAddress address, to_socket_address(local));
  NB_ASSIGN(Fd fd, open_control_socket(address));
  const int on = 1;
  if (!set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, on) ||
      ::bind(fd.get(), address.get(), address.length) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    Error error = error_from_errno(errno, "listen on", to_string(local));
    if (errno == EADDRNOTAVAIL) error.code = Code::kNotFound;
    return fail(std::move(error));
  }
  NB_ASSIGN(Endpoint bound, endpoint_by(&::getsockname, fd.get()));
  return ControlListener(std::move(fd), std::move(bound), stop_fd);
}

Result<std::optional<ControlConnection>> ControlListener::accept() {
  while (true) {
    Fd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.is_open()) return std::optional(ControlConnection(std::move(fd), stop_fd_));
    if (errno == EAGAIN) return std::optional<ControlConnection>();
    // A peer that hung up before it was accepted is no reason to stop.
    if (errno != EINTR && errno != ECONNABORTED)
      return fail(error_from_errno(errno, "accept on", to_string(local_)));
  }
}

}  // namespace nobounce::sys
