// SPDX-License-Identifier: Apache-2.0
// The flags that describe emulated accelerators, the same wherever a command has some.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "emulator/accelerator/accelerator.h"

namespace nobounce::cli {

struct AcceleratorFlags {
  std::uint32_t count = 0;
  std::string memory = "1G";
};

/// `whose` ends the description of the count: "for each guest".
void add_accelerator_flags(CLI::App& command, AcceleratorFlags& flags, std::uint32_t most,
                           const std::string& whose);

/// Errors: kInvalidArgument for what is no size.
Result<emulator::accelerator::AcceleratorOptions> accelerator_options_of(
    const AcceleratorFlags& flags);

}  // namespace nobounce::cli
