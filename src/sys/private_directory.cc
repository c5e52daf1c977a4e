// SPDX-License-Identifier: Apache-2.0
#include "sys/private_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace nobounce::sys {
namespace {

tl::unexpected<Error> refuse(const std::filesystem::path& directory, std::string cause,
                             std::string fix) {
  return fail({.code = Code::kPermission,
               .operation = "use",
               .object = "directory " + directory.native(),
               .cause = std::move(cause),
               .fix = std::move(fix)});
}

/// That what is there is a directory of this user's own.
Status check_private(const std::filesystem::path& directory) {
  struct stat status{};
  if (::lstat(directory.c_str(), &status) != 0)
    return fail(error_from_errno(errno, "lstat", directory.native()));
  if (S_ISLNK(status.st_mode))
    return refuse(directory, "it is a symbolic link", "name the directory itself");
  if (!S_ISDIR(status.st_mode))
    return refuse(directory, "it is no directory", "choose another, or remove it");
  if (status.st_uid != ::geteuid())
    return refuse(directory, "it belongs to another user",
                  "run as that user, or choose a directory of your own");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    // A directory with the sticky bit is everybody's, like /tmp, and is to stay so.
    return refuse(directory, "others may write there",
                  (status.st_mode & S_ISVTX) != 0 ? "choose a new directory below it"
                                                  : "chmod go-w " + directory.native());
  return {};
}

}  // namespace

Status claim_private_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) == 0) return {};
  if (errno != EEXIST) return fail(error_from_errno(errno, "mkdir", directory.native()));
  return check_private(directory);
}

Status may_claim_private_directory(const std::filesystem::path& directory) {
  const Status checked = check_private(directory);
  if (checked || checked.error().sys_errno != ENOENT) return checked;
  std::filesystem::path parent = directory.parent_path();
  while (::faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    if (errno != ENOENT || !parent.has_relative_path())
      return fail(error_from_errno(errno, "mkdir in", parent.native()));
    parent = parent.parent_path();
  }
  return {};
}

}  // namespace nobounce::sys
