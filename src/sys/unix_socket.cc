// SPDX-License-Identifier: Apache-2.0
#include "sys/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace nobounce::sys {
namespace {

constexpr int kBacklog = 8;

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof address.sun_path)
    return fail({.code = Code::kInvalidArgument,
                 .sys_errno = ENAMETOOLONG,
                 .operation = "listen",
                 .object = "socket " + text,
                 .cause = "a socket's path has 1 to 107 bytes",
                 .fix = "choose a shorter directory"});
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Result<Fd> stream_socket(const std::string& object) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(error_from_errno(errno, "socket", object));
  return fd;
}

Error in_use(const std::string& object, std::string cause) {
  return {.code = Code::kBusy,
          .sys_errno = EADDRINUSE,
          .operation = "listen",
          .object = object,
          .cause = std::move(cause),
          .fix = "choose another path, or stop who uses it"};
}

// Removes the socket that a server left behind; refuses if it may still be in use.
Status remove_stale(const sockaddr_un& address, const std::string& object) {
  struct stat status{};
  if (::lstat(address.sun_path, &status) != 0) {
    if (errno == ENOENT) return {};
    return fail(error_from_errno(errno, "lstat", object));
  }
  if (!S_ISSOCK(status.st_mode)) return fail(in_use(object, "a file that is no socket is there"));
  NB_ASSIGN(const Fd probe, stream_socket(object));
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    return fail(in_use(object, "somebody listens there"));
  if (errno != ECONNREFUSED) return fail(error_from_errno(errno, "connect", object));
  if (::unlink(address.sun_path) != 0 && errno != ENOENT)
    return fail(error_from_errno(errno, "unlink", object));
  return {};
}

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
  const std::string object = "socket " + path.native();
  NB_ASSIGN(const sockaddr_un address, address_of(path));
  NB_ASSIGN(Fd fd, stream_socket(object));
  // The file gets the mode of the unbound socket's inode: no moment when others may connect, and
  // no umask, which belongs to the whole process.
  if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0)
    return fail(error_from_errno(errno, "fchmod", object));
  int bound = ::bind(fd.get(), generic(address), sizeof address);
  if (bound != 0 && errno == EADDRINUSE) {
    NB_TRY(remove_stale(address, object));
    bound = ::bind(fd.get(), generic(address), sizeof address);
  }
  if (bound != 0) return fail(error_from_errno(errno, "bind", object));

  UnixListener listener(std::move(fd), std::move(path));
  struct stat status{};
  if (::lstat(address.sun_path, &status) != 0)
    return fail(error_from_errno(errno, "lstat", object));
  listener.device_ = status.st_dev;
  listener.inode_ = status.st_ino;
  if (::listen(listener.fd(), kBacklog) != 0)
    return fail(error_from_errno(errno, "listen", object));
  return listener;
}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  if (this != &other) {
    remove_file();
    fd_ = std::move(other.fd_);
    path_ = std::move(other.path_);
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

void UnixListener::remove_file() {
  struct stat status{};
  if (!fd_.is_open() || ::lstat(path_.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

Result<std::optional<Fd>> UnixListener::accept() {
  Fd client(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client.is_open()) return std::optional<Fd>(std::move(client));
  if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return std::optional<Fd>();
  return fail(error_from_errno(errno, "accept", "socket " + path_.native()));
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
