// SPDX-License-Identifier: Apache-2.0
// What the baseboard management controller says that the whole machine uses, in watts.
//
// Source: Data Center Manageability Interface (DCMI) specification 1.5, "Get Power Reading".
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "measure/watts.h"
#include "sys/ipmi.h"

namespace nobounce::measure {

/// From a BMC's answer. Errors: kUnsupported where it refuses the request or does not measure now,
/// kProtocol for what is no such answer. Pure.
Result<double> parse_dcmi_power(std::span<const std::byte> answer);

/// Asks for the power of now; blocks until the BMC answers, milliseconds as a rule. Errors: as
/// above, those of asking.
Result<Watts> read_bmc_watts(sys::Ipmi& ipmi);

}  // namespace nobounce::measure
