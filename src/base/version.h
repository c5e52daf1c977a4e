// SPDX-License-Identifier: Apache-2.0
// Which nobounce this is; every result carries it.
#pragma once

#include <string_view>

namespace nobounce {

/// "0.1.0".
std::string_view version();
/// The git revision it was built from, "-dirty" appended where the tree had changes; "unknown"
/// outside a checkout.
std::string_view git_revision();

}  // namespace nobounce
