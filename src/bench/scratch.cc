// SPDX-License-Identifier: Apache-2.0
#include "bench/scratch.h"

#include <filesystem>

#include "sys/virtual_machine.h"

namespace nobounce::bench {

Result<Scratch> Scratch::make() {
  NB_ASSIGN(std::string path, sys::make_private_directory("/tmp/nobounce-bench-"));
  return Scratch(std::move(path));
}

Scratch::~Scratch() {
  std::error_code code;
  // What can't be removed is left to whoever clears /tmp.
  if (!path_.empty()) std::filesystem::remove_all(path_, code);
}

}  // namespace nobounce::bench
