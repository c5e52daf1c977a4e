// SPDX-License-Identifier: Apache-2.0
// Whether somebody watches.
#pragma once

namespace nobounce::sys {

bool standard_error_is_terminal();

}  // namespace nobounce::sys
