// SPDX-License-Identifier: Apache-2.0
// The copy meter of the lab, asked from within the guest: bytes copied and instructions executed by
// each vCPU since the guest's start. abi/copy_meter.h says how that works.
#pragma once

#include <cstdint>
#include <memory>

#include "abi/copy_meter.h"
#include "base/result.h"
#include "measure/copies.h"

namespace nobounce::measure {

/// One moment of all counts.
using CopyReading = std::unique_ptr<const abi::copy_meter::Block>;

/// Error: kUnsupported where no meter answers or it does not count yet. Takes tens of microseconds,
/// and allocates: not for a data path.
Result<CopyReading> read_copy_meter();

/// What went by from `before` to `after`, over all vCPUs.
Copies copies_between(const abi::copy_meter::Block& before, const abi::copy_meter::Block& after);

}  // namespace nobounce::measure
