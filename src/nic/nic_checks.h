// SPDX-License-Identifier: Apache-2.0
// What every plan asks of a NIC before it plans anything, and what every plan wishes.
#pragma once

#include <string>

#include "base/result.h"
#include "nic/plan.h"

namespace nobounce::nic {

/// A plan's Error, which names the NIC.
Error refusal(Code code, const NicState& nic, std::string cause, std::string fix = {});

/// kBusy for a NIC that is somebody else's as a whole: nobody changes it by the way.
Status check_is_free(const NicState& nic, bool force);
/// kUnsupported for what no step can mend.
Status check_header_split(const NicState& nic);
Status check_steering(const NicState& nic);

/// Rings and header split come first: most drivers restart their queues for them, and a restart may
/// forget what was set after.
Status wish_header_split(const NicState& nic, Plan& plan);
void wish_steering(Plan& plan);

}  // namespace nobounce::nic
