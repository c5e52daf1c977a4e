// SPDX-License-Identifier: Apache-2.0
// What the guest needs between its first process and COMMAND: file systems, limits, modules, and
// the two hosts with their NICs. Runs in the guest, as root.
#pragma once

#include "base/result.h"
#include "lab/guest_protocol.h"

namespace nobounce::lab {

/// Errors name the step; a NIC that is missing is kNotFound.
Status set_guest_up(const GuestRequest& request);

}  // namespace nobounce::lab
