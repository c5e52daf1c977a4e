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

}  // namespace nobounce::sys
