// SPDX-License-Identifier: Apache-2.0
#include "sys/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sys/byte_stream.h"
#include "sys/fd.h"

namespace nobounce::sys {
namespace {

tl::unexpected<Error> refuse_file(Code code, const std::string& path, std::string cause,
                                  std::string fix = {}) {
  return fail({.code = code,
               .operation = "use",
               .object = path,
               .cause = std::move(cause),
               .fix = std::move(fix)});
}

/// Of the open file: what stands under a name may change between two looks.
Status check_owner_alone(int fd, const std::string& path) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail(error_from_errno(errno, "fstat", path));
  if (!S_ISREG(status.st_mode))
    return refuse_file(Code::kInvalidArgument, path, "it is no regular file");
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    return refuse_file(Code::kPermission, path, "it belongs to another user",
                       "make one of your own");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refuse_file(Code::kPermission, path, "others than its owner may use it",
                       "chmod 600 " + path + ", and make a new one if somebody else had it");
  return {};
}

}  // namespace

Result<std::string> read_private_file(const std::string& path, std::size_t most_bytes) {
  // Non-blocking: a pipe of that name must not hold us up.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return fail(error_from_errno(errno, "open", path));
  NB_TRY(check_owner_alone(file.get(), path));
  std::string text(most_bytes + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(error_from_errno(errno, "read", path));
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (length > most_bytes)
    return refuse_file(Code::kExhausted, path, "it is longer than such a file can be");
  text.resize(length);
  return text;
}

Status create_private_file(const std::string& path, std::string_view text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return fail(error_from_errno(errno, "create", path));
  // As a umask may have taken from it, but none can have added to it.
  return write_all(file.get(), text, path);
}

}  // namespace nobounce::sys
