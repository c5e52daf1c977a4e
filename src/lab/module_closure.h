// SPDX-License-Identifier: Apache-2.0
// Which kernel modules must be loaded, in which order, to have a given one. Pure: reads the text of
// modules.dep and modules.builtin, whose formats depmod(8) and modules.dep(5) give.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nobounce::lab {

struct ModuleTables {
  std::string_view dependencies;  ///< The text of modules.dep.
  std::string_view builtin;       ///< The text of modules.builtin.
};

/// The files to load for `modules` (names as in "virtio_net"), each after what it depends upon, as
/// paths below the modules directory; built-in modules need none. Errors: kNotFound names a module
/// that the kernel lacks.
Result<std::vector<std::string>> module_closure(const ModuleTables& tables,
                                                const std::vector<std::string>& modules);

}  // namespace nobounce::lab
