// SPDX-License-Identifier: Apache-2.0
// The mark by which the copy meter is asked, see abi/copy_meter.h.
#pragma once

#include "abi/copy_meter.h"

namespace nobounce::sys {

/// Executes the mark. Where a meter is, `block` holds its answer afterwards; else nothing changed.
/// The block's memory must have been written to by this process.
void execute_copy_meter_mark(abi::copy_meter::Block& block);

}  // namespace nobounce::sys
