// SPDX-License-Identifier: Apache-2.0
#include "sys/tcp_socket.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

// poll for `events` on `fd`, or for `stop_fd`; as SocketCalls::wait says.
int poll_or_stop(int fd, short events, int stop_fd, int timeout_ms) {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + milliseconds(timeout_ms);
  while (true) {
    // poll passes over a descriptor of -1.
    std::array<pollfd, 2> polled{pollfd{.fd = fd, .events = events, .revents = 0},
                                 pollfd{.fd = stop_fd, .events = POLLIN, .revents = 0}};
    if (::poll(polled.data(), polled.size(), timeout_ms) >= 0) {
      return polled[1].revents != 0 ? -ECANCELED : polled[0].revents;
    }
    if (errno != EINTR) return -errno;
    if (timeout_ms < 0) continue;
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    timeout_ms = left > 0 ? static_cast<int>(left) : 0;
  }
}

Status await(int fd, short events, const TcpOptions& options, const char* operation,
             const std::string& object) {
  const int came = poll_or_stop(fd, events, options.stop_fd, options.timeout_ms);
  if (came > 0) return {};
  Error error = error_from_errno(came == 0 ? ETIMEDOUT : -came, operation, object);
  if (came == -ECANCELED) {
    error = {.code = Code::kInterrupted,
             .operation = operation,
             .object = object,
             .cause = "stopped by the user",
             .fix = {}};
  }
  return fail(std::move(error));
}

Result<Fd> open_socket(const SocketAddress& address, const std::string& interface) {
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(error_from_errno(errno, "open", "a TCP socket"));
  if (!interface.empty() && ::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                                         static_cast<socklen_t>(interface.size())) != 0) {
    Error error =
        error_from_errno(errno, "tie a socket to", fmt::format("interface {}", interface));
    if (error.sys_errno == ENODEV) {
      error.fix = "ip link lists the interfaces of this network namespace";
    }
    return fail(std::move(error));
  }
  return fd;
}

// Timestamps are an option of each segment, which the MSS counts as payload.
constexpr std::uint32_t kTimestampBytes = 12;

Status limit_segments(const Fd& listener, std::uint32_t payload_bytes) {
  const auto timestamps = read_text_file("/proc/sys/net/ipv4/tcp_timestamps");
  const bool has_timestamps = !timestamps || !timestamps->starts_with('0');
  const auto mss = static_cast<int>(payload_bytes + (has_timestamps ? kTimestampBytes : 0));
  if (::setsockopt(listener.get(), IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof mss) == 0) return {};
  return fail(error_from_errno(errno, "set", fmt::format("TCP_MAXSEG to {}", mss)));
}

template <typename Count>
Count or_errno(Count result) {
  return result < 0 ? -static_cast<Count>(errno) : result;
}

}  // namespace

Result<TcpSocket> TcpSocket::connect(const Endpoint& peer, const TcpOptions& options) {
  const std::string object = to_string(peer);
  NB_ASSIGN(const SocketAddress address, to_socket_address(peer));
  NB_ASSIGN(Fd fd, open_socket(address, options.interface));
  TcpSocket socket(std::move(fd), options.stop_fd);
  // The peer may be connected before we know.
  if (options.reset_on_close) NB_TRY(socket.set_reset_on_close(true));
  if (::connect(socket.fd_.get(), address.get(), address.length) == 0) return socket;
  if (errno != EINPROGRESS && errno != EINTR) {
    return fail(error_from_errno(errno, "connect to", object));
  }
  NB_TRY(await(socket.fd_.get(), POLLOUT, options, "connect to", object));
  if (const int pending = socket.pending_error(); pending != 0) {
    return fail(error_from_errno(pending, "connect to", object));
  }
  socket.syscalls_.forget_counts();
  return socket;
}

ssize_t TcpSocket::recvmsg(msghdr& message, int flags) {
  return syscalls_.make(Syscall::kRecvmsg, [&] {
    return or_errno(::recvmsg(fd_.get(), &message, flags | MSG_DONTWAIT));
  });
}

ssize_t TcpSocket::sendmsg(const msghdr& message, int flags) {
  return syscalls_.make(Syscall::kSendmsg, [&] {
    return or_errno(::sendmsg(fd_.get(), &message, flags | MSG_DONTWAIT | MSG_NOSIGNAL));
  });
}

int TcpSocket::setsockopt(int level, int name, std::span<const std::byte> value) {
  const auto size = static_cast<socklen_t>(value.size());
  return syscalls_.make(Syscall::kSetsockopt, [&] {
    return or_errno(::setsockopt(fd_.get(), level, name, value.data(), size));
  });
}

int TcpSocket::getsockopt(int level, int name, std::span<std::byte> value) {
  auto length = static_cast<socklen_t>(value.size());
  return syscalls_.make(Syscall::kGetsockopt, [&] {
    return or_errno(::getsockopt(fd_.get(), level, name, value.data(), &length));
  });
}

int TcpSocket::pending_error() {
  int pending = 0;
  socklen_t length = sizeof pending;
  const int result = syscalls_.make(Syscall::kGetsockopt, [&] {
    return or_errno(::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &pending, &length));
  });
  return result < 0 ? -result : pending;
}

int TcpSocket::wait(short events, int timeout_ms) {
  return syscalls_.make(Syscall::kPoll,
                        [&] { return poll_or_stop(fd_.get(), events, stop_fd_, timeout_ms); });
}

Result<Mapping> TcpSocket::map_payload(std::size_t size) {
  auto window =
      Mapping::map(fd_.get(), 0, size, Mapping::Access::kRead, "the payload of a connection");
  if (!window && window.error().sys_errno == ENODEV) window.error().code = Code::kUnsupported;
  return window;
}

int TcpSocket::release_payload(std::span<std::byte> pages) {
  return syscalls_.make(Syscall::kMadvise, [&] {
    return or_errno(::madvise(pages.data(), pages.size(), MADV_DONTNEED));
  });
}

Status TcpSocket::set_reset_on_close(bool on) {
  const linger at_once{.l_onoff = on ? 1 : 0, .l_linger = 0};
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0) return {};
  return fail(error_from_errno(errno, "set", "SO_LINGER"));
}

Status TcpSocket::shut_down_sending() {
  const int result =
      syscalls_.make(Syscall::kShutdown, [&] { return or_errno(::shutdown(fd_.get(), SHUT_WR)); });
  if (result == 0) return {};
  Error error = error_from_errno(-result, "end the stream on", "the connection");
  if (error.sys_errno == ENOTCONN) error.cause = "the peer went away";
  return fail(std::move(error));
}

Result<std::uint64_t> TcpSocket::unacknowledged_bytes() const {
  int bytes = 0;
  if (::ioctl(fd_.get(), SIOCOUTQ, &bytes) != 0) {
    return fail(error_from_errno(errno, "ask for unsent bytes of", "the connection"));
  }
  return static_cast<std::uint64_t>(std::max(bytes, 0));
}

Result<TcpListener> TcpListener::open(const Endpoint& local, const TcpOptions& options) {
  const std::string object = to_string(local);
  NB_ASSIGN(SocketAddress address, to_socket_address(local));
  NB_ASSIGN(Fd fd, open_socket(address, options.interface));
  if (options.receive_window_bytes != 0) {
    const int bytes = static_cast<int>(options.receive_window_bytes);
    if (::setsockopt(fd.get(), IPPROTO_TCP, TCP_WINDOW_CLAMP, &bytes, sizeof bytes) != 0) {
      return fail(error_from_errno(errno, "bound the receive window of", object));
    }
  }
  if (options.segment_payload_bytes != 0) {
    NB_TRY(limit_segments(fd, options.segment_payload_bytes));
  }
  const int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd.get(), address.get(), address.length) != 0 || ::listen(fd.get(), 1) != 0) {
    Error error = error_from_errno(errno, "listen on", object);
    if (errno == EADDRNOTAVAIL) error.code = Code::kNotFound;
    return fail(std::move(error));
  }
  address.length = sizeof address.storage;
  if (::getsockname(fd.get(), address.get(), &address.length) != 0) {
    return fail(error_from_errno(errno, "listen on", object));
  }
  NB_ASSIGN(Endpoint bound, to_endpoint(address));
  return TcpListener(std::move(fd), std::move(bound), options);
}

Result<TcpSocket> TcpListener::accept() {
  while (true) {
    NB_TRY(await(fd_.get(), POLLIN, options_, "wait for a peer on", to_string(local_)));
    Fd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.is_open()) return TcpSocket(std::move(fd), options_.stop_fd);
    // A peer that hung up before it was accepted is no reason to stop.
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
      return fail(error_from_errno(errno, "accept on", to_string(local_)));
    }
  }
}

}  // namespace nobounce::sys
