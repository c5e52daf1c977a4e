// SPDX-License-Identifier: Apache-2.0
// What an errno of a data socket means to somebody who moves bytes between devices.
#pragma once

#include "base/error.h"
#include "path/path.h"

namespace nobounce::path {

/// The Error for a failed recvmsg on `path`.
Error receive_error(int sys_errno, Path path);
/// The Error for a failed sendmsg on `path`.
Error send_error(int sys_errno, Path path);

}  // namespace nobounce::path
