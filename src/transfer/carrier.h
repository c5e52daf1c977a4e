// SPDX-License-Identifier: Apache-2.0
// Which interface will carry a connection, asked of the kernel's own tables.
#pragma once

#include <string>

#include "base/result.h"

namespace nobounce::transfer {

/// The interface that has the numeric address; empty for the wildcard, which every one has.
/// Error: kNotFound where none has it.
Result<std::string> interface_with(const std::string& address);
/// The interface by which packets to the numeric address leave; "lo" for this host's own.
Result<std::string> interface_towards(const std::string& address);

}  // namespace nobounce::transfer
