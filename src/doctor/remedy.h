// SPDX-License-Identifier: Apache-2.0
// What `--fix` does: carries out the remedies of findings, one by one.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "doctor/finding.h"

namespace nobounce::doctor {

/// "write 262144 to /proc/sys/net/core/optmem_max".
std::string text_of(const Remedy& remedy);

/// Does it. Errors: those of the write; kUnsupported where modprobe ends with a failure.
Status apply(const Remedy& remedy);

}  // namespace nobounce::doctor
