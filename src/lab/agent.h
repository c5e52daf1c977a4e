// SPDX-License-Identifier: Apache-2.0
// The agent: process 1 of the guest. It sets the two hosts up, runs COMMAND, passes its output on
// as it comes, then sends the kernel's log and switches the guest off.
#pragma once

#include "base/result.h"

namespace nobounce::lab {

/// Does all of it. Returns only on failure, and process 1 must not end: the caller panics the guest
/// by returning from main, which the host sees.
Status run_agent();

}  // namespace nobounce::lab
