// SPDX-License-Identifier: Apache-2.0
#include "sys/file_system.h"

#include <sys/mount.h>

#include <cerrno>

namespace nobounce::sys {

Status mount_file_system(const MountOptions& options) {
  const std::string& source = options.source.empty() ? options.type : options.source;
  if (::mount(source.c_str(), options.target.c_str(), options.type.c_str(), 0,
              options.options.c_str()) == 0)
    return {};
  return fail(error_from_errno(errno, "mount of " + source, options.target));
}

Result<Fd> mount_nowhere(const std::string& type) {
  const Fd context(::fsopen(type.c_str(), FSOPEN_CLOEXEC));
  if (!context.is_open()) return fail(error_from_errno(errno, "fsopen", type));
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return fail(error_from_errno(errno, "fsconfig", type));
  Fd root(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!root.is_open()) return fail(error_from_errno(errno, "fsmount", type));
  return root;
}

}  // namespace nobounce::sys
