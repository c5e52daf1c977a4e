// SPDX-License-Identifier: Apache-2.0
// COMMAND in the guest: its streams or its terminal on their way to the host, the host's orders,
// and its end. Runs in the guest, as process 1, which inherits and reaps orphans.
#pragma once

#include "base/result.h"
#include "lab/guest_ports.h"
#include "lab/guest_protocol.h"

namespace nobounce::lab {

/// Starts COMMAND, reports its end as an event, and returns when the guest has no more to do:
/// after that end or, where the request says so, after the order to stop. A command that does not
/// start says why on its standard error and ends as in a shell: 127 if it is not there, else 126.
Status run_command(const GuestRequest& request, EventPort& events);

}  // namespace nobounce::lab
