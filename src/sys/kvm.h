// SPDX-License-Identifier: Apache-2.0
// Whether this host can run virtual machines in hardware.
#pragma once

namespace nobounce::sys {

/// True if /dev/kvm really works: it lets a tiny guest run and the guest's result is right. The
/// device alone says little: it may refuse, or belong to a nested hypervisor that emulates guest
/// code and gives up on the instructions that a kernel's boot code uses.
bool kvm_works();

}  // namespace nobounce::sys
