// SPDX-License-Identifier: Apache-2.0
#include "sys/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "sys/unix_address.h"

namespace nobounce::sys {
namespace {

Result<Fd> unix_socket(int type, const std::string& object) {
  Fd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
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
Status remove_stale(const UnixAddress& address, int type, const std::string& object) {
  struct stat status{};
  if (::lstat(address.path(), &status) != 0) {
    if (errno == ENOENT) return {};
    return fail(error_from_errno(errno, "lstat", object));
  }
  if (!S_ISSOCK(status.st_mode)) return fail(in_use(object, "a file that is no socket is there"));
  NB_ASSIGN(const Fd probe, unix_socket(type, object));
  // Who does not refuse has an owner: one whose backlog is full, and one of another type, too.
  if (::connect(probe.get(), address.get(), address.size()) == 0 || errno == EAGAIN ||
      errno == EPROTOTYPE)
    return fail(in_use(object, "somebody uses the socket that is there"));
  if (errno != ECONNREFUSED) return fail(error_from_errno(errno, "connect", object));
  if (::unlink(address.path()) != 0 && errno != ENOENT)
    return fail(error_from_errno(errno, "unlink", object));
  return {};
}

}  // namespace

Result<SocketFile> SocketFile::open(std::filesystem::path path, int type) {
  const std::string object = "socket " + path.native();
  NB_ASSIGN(const UnixAddress address, UnixAddress::of(path));
  NB_ASSIGN(Fd fd, unix_socket(type, object));
  // The file gets the mode of the unbound socket's inode: no moment when others may connect, and
  // no umask, which belongs to the whole process.
  if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0)
    return fail(error_from_errno(errno, "fchmod", object));
  int bound = ::bind(fd.get(), address.get(), address.size());
  if (bound != 0 && errno == EADDRINUSE) {
    NB_TRY(remove_stale(address, type, object));
    bound = ::bind(fd.get(), address.get(), address.size());
  }
  if (bound != 0) return fail(error_from_errno(errno, "bind", object));

  SocketFile file(std::move(fd), std::move(path));
  struct stat status{};
  if (::lstat(address.path(), &status) != 0) return fail(error_from_errno(errno, "lstat", object));
  file.device_ = status.st_dev;
  file.inode_ = status.st_ino;
  return file;
}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this != &other) {
    remove();
    fd_ = std::move(other.fd_);
    path_ = std::move(other.path_);
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

void SocketFile::remove() {
  struct stat status{};
  if (!fd_.is_open() || ::lstat(path_.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace nobounce::sys
