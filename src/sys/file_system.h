// SPDX-License-Identifier: Apache-2.0
// Mounting a file system, as a guest's init does, or for this process alone.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

struct MountOptions {
  std::string type;          ///< "tmpfs".
  std::string source = {};   ///< A device or a tag; empty: the type's name, for such as need none.
  std::string target;        ///< A directory.
  std::string options = {};  ///< As mount(8) takes them after -o, those of the file system alone.
};

/// mount(2). Errors: those of the call, with the target named.
Status mount_file_system(const MountOptions& options);

/// A file system of the kernel's own, such as "tracefs", that is mounted nowhere: its root, from
/// which files are reached below /proc/self/fd. Needs CAP_SYS_ADMIN. Errors: those of fsopen,
/// fsconfig and fsmount.
Result<Fd> mount_nowhere(const std::string& type);

}  // namespace nobounce::sys
