// SPDX-License-Identifier: Apache-2.0
#include "cli/accelerator_flags.h"

#include "base/size.h"

namespace nobounce::cli {

void add_accelerator_flags(CLI::App& command, AcceleratorFlags& flags, std::uint32_t most,
                           const std::string& whose) {
  command.add_option("--accelerators", flags.count, "Emulated accelerators " + whose)
      ->capture_default_str()
      ->check(CLI::Range(0U, most));
  command
      .add_option(
          "--accelerator-memory", flags.memory,
          "Memory of each, a power of two from 64M to 4G; taken from the host as it is used")
      ->type_name("SIZE")
      ->capture_default_str();
}

Result<emulator::accelerator::AcceleratorOptions> accelerator_options_of(
    const AcceleratorFlags& flags) {
  emulator::accelerator::AcceleratorOptions options;
  NB_ASSIGN(options.memory_bytes, parse_size(flags.memory));
  return options;
}

}  // namespace nobounce::cli
