// SPDX-License-Identifier: Apache-2.0
// Where the guest's CPUs spent their instructions, by function of the kernel, between two readings
// of the copy meter's profile. Runs in the guest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "abi/copy_meter.h"
#include "base/result.h"
#include "sys/kernel_symbols.h"

namespace nobounce::lab {

/// One moment.
using ProfileReading = std::vector<abi::copy_meter::ProfileEntry>;

struct FunctionShare {
  std::string name;  ///< "user space" and "other code of the kernel" among them.
  std::uint64_t instructions = 0;
};

struct KernelProfile {
  std::uint64_t instructions = 0;        ///< Of all code, the CPUs' idle loops included.
  std::vector<FunctionShare> functions;  ///< The hottest first, as many as were asked for.
};

/// Error: kUnsupported where no meter answers or it keeps no profile.
Result<ProfileReading> read_profile();

/// What went by from `before` to `after`. Pure.
KernelProfile profile_between(const ProfileReading& before, const ProfileReading& after,
                              const sys::KernelFunctions& functions, std::size_t most);

/// What went by since `before`, with the names of this kernel. Errors: as read_profile.
Result<KernelProfile> profile_since(const ProfileReading& before, std::size_t most);

}  // namespace nobounce::lab
