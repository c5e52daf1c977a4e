// SPDX-License-Identifier: Apache-2.0
// What a virtual machine asks of its host, and a guest's init of its kernel.
#pragma once

#include <string>

#include "base/result.h"
#include "sys/child_process.h"

namespace nobounce::sys {

/// Processors that this process may run on.
unsigned usable_cpus();
unsigned user_id();
unsigned group_id();
unsigned process_id();

/// A new directory of mode 0700 named `prefix` and six random characters.
Result<std::string> make_private_directory(const std::string& prefix);

/// As init of a guest: reaps every process that has ended, orphans included, and leaves the status
/// of `child` to its owner.
void reap_ended(ChildProcess& child);

/// Waits until all files that were written are where they belong.
void write_back_files();

/// As init of a guest: switches the machine off. Returns only on failure.
Status power_off();

}  // namespace nobounce::sys
