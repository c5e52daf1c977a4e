// SPDX-License-Identifier: Apache-2.0
#include "sys/datagram_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace nobounce::sys {
namespace {

// Only of a path that `check_path` let pass.
sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Status check_path(const std::filesystem::path& path) {
  if (!path.empty() && path.native().size() < sizeof(sockaddr_un::sun_path)) return {};
  return fail({.code = Code::kInvalidArgument,
               .sys_errno = ENAMETOOLONG,
               .operation = "open",
               .object = "socket " + path.native(),
               .cause = "a socket's path has 1 to 107 bytes",
               .fix = "choose a shorter directory"});
}

Result<Fd> datagram_socket(const std::string& object) {
  Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail(error_from_errno(errno, "socket", object));
  return fd;
}

Error in_use(const std::string& object, std::string cause) {
  return {.code = Code::kBusy,
          .sys_errno = EADDRINUSE,
          .operation = "bind",
          .object = object,
          .cause = std::move(cause),
          .fix = "choose another path, or stop who uses it"};
}

// Removes the socket that a process left behind; refuses if it may still be in use.
Status remove_stale(const sockaddr_un& address, const std::string& object) {
  struct stat status{};
  if (::lstat(address.sun_path, &status) != 0) {
    if (errno == ENOENT) return {};
    return fail(error_from_errno(errno, "lstat", object));
  }
  if (!S_ISSOCK(status.st_mode)) return fail(in_use(object, "a file that is no socket is there"));
  NB_ASSIGN(const Fd probe, datagram_socket(object));
  // A datagram socket of another kind, or one with an owner, does not refuse.
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EPROTOTYPE)
    return fail(in_use(object, "somebody receives there"));
  if (errno != ECONNREFUSED) return fail(error_from_errno(errno, "connect", object));
  if (::unlink(address.sun_path) != 0 && errno != ENOENT)
    return fail(error_from_errno(errno, "unlink", object));
  return {};
}

PacketResult result_of(ssize_t count) {
  using Outcome = PacketResult::Outcome;
  if (count >= 0) return {.outcome = Outcome::kDone, .bytes = static_cast<std::size_t>(count)};
  const bool would_block = errno == EAGAIN;
  return {.outcome = would_block ? Outcome::kWouldBlock : Outcome::kFailed, .sys_errno = errno};
}

}  // namespace

Result<DatagramSocket> DatagramSocket::open(std::filesystem::path local,
                                            std::filesystem::path peer) {
  NB_TRY(check_path(local));
  NB_TRY(check_path(peer));
  const std::string object = "socket " + local.native();
  const sockaddr_un address = address_of(local);
  NB_ASSIGN(Fd fd, datagram_socket(object));
  // The file gets the mode of the unbound socket's inode: no moment when others may send.
  if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0)
    return fail(error_from_errno(errno, "fchmod", object));
  int bound = ::bind(fd.get(), generic(address), sizeof address);
  if (bound != 0 && errno == EADDRINUSE) {
    NB_TRY(remove_stale(address, object));
    bound = ::bind(fd.get(), generic(address), sizeof address);
  }
  if (bound != 0) return fail(error_from_errno(errno, "bind", object));

  DatagramSocket socket(std::move(fd), std::move(local), std::move(peer));
  struct stat status{};
  if (::lstat(address.sun_path, &status) != 0)
    return fail(error_from_errno(errno, "lstat", object));
  socket.device_ = status.st_dev;
  socket.inode_ = status.st_ino;
  return socket;
}

DatagramSocket::~DatagramSocket() {
  struct stat status{};
  if (!fd_.is_open() || ::lstat(local_.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(local_.c_str());
}

PacketResult DatagramSocket::send(std::span<const std::span<const std::byte>> pieces) {
  assert(pieces.size() <= kMaxPacketPieces);
  std::array<iovec, kMaxPacketPieces> vectors;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    vectors[i] = {.iov_base = const_cast<std::byte*>(pieces[i].data()),
                  .iov_len = pieces[i].size()};
  sockaddr_un address = address_of(peer_);
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.size();
  ssize_t count = 0;
  do {
    count = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return result_of(count);
}

PacketResult DatagramSocket::receive(std::span<std::byte> to) {
  ssize_t count = 0;
  do {
    count = ::recv(fd_.get(), to.data(), to.size(), MSG_TRUNC | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return result_of(count);
}

}  // namespace nobounce::sys
