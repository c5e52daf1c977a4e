// SPDX-License-Identifier: Apache-2.0
// Taking every turn of a bench that is left, and writing down what is seen.
#pragma once

#include "base/result.h"
#include "bench/cell.h"
#include "bench/hosts.h"
#include "bench/run_log.h"

namespace nobounce::bench {

/// Writes `session` (who runs, on what) to the log, and then a line for each thing seen. A cell
/// that fails has an error in place of figures and does not end the others. Errors: those of the
/// log; kInvalidArgument if the runs so far were made on other machines, kernels or by another
/// nobounce; kInterrupted; kPeerClosed where a host is gone.
Status take_turns(const Plan& plan, RunLog& log, nlohmann::json session, const Field& field,
                  Hosts& hosts);

}  // namespace nobounce::bench
