// SPDX-License-Identifier: Apache-2.0
// nobounce doctor --verify: proves with a peer that device memory arrives as it is.
#pragma once

#include <cstdint>
#include <string>

namespace nobounce::cli {

struct VerifyArguments {
  std::string nic;
  std::string peer;
  std::string memory;
  std::uint64_t pattern_seed = 1;
};

/// Returns the exit code.
int run_doctor_verify(const VerifyArguments& arguments);

}  // namespace nobounce::cli
