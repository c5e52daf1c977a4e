// SPDX-License-Identifier: Apache-2.0
// The number by which the kernel knows a network interface.
#pragma once

#include <string>

#include "base/result.h"

namespace nobounce::sys {

/// In this network namespace. Error: kNotFound.
Result<int> interface_index(const std::string& name);

}  // namespace nobounce::sys
