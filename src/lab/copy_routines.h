// SPDX-License-Identifier: Apache-2.0
// The copy meter from the guest's side at boot: which routines this kernel copies with, and the
// request to count at them.
#pragma once

#include <istream>
#include <string_view>
#include <vector>

#include "abi/copy_meter.h"
#include "base/result.h"

namespace nobounce::lab {

/// The copy routines in the text of /proc/kallsyms. Errors: kUnsupported if one that every kernel
/// of the lab copies with is missing, or its address is hidden.
Result<std::vector<abi::copy_meter::Routine>> find_copy_routines(std::istream& kallsyms);

/// Error: kUnsupported if a CPU with these flags (/proc/cpuinfo) copies without calling a routine.
Status check_copies_by_call(std::string_view cpuinfo);

/// Asks the meter of this guest to count. Errors: those above; kNotFound if there is no meter;
/// kTimeout if it never begins.
Status watch_copies();

}  // namespace nobounce::lab
