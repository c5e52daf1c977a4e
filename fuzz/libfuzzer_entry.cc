// SPDX-License-Identifier: Apache-2.0
// Where libFuzzer enters; built once for each target.
#include <cstddef>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const nobounce::fuzz::Target target = *nobounce::fuzz::find_target(NOBOUNCE_FUZZ_TARGET);
  target.run({data, size});
  return 0;
}
