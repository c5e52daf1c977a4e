// SPDX-License-Identifier: Apache-2.0
#include "cli/failure.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/exit_code.h"

namespace nobounce::cli {

int report(const Error& error) {
  fmt::print(stderr, "nobounce: {}\n", to_string(error));
  return exit_code_of(error.code);
}

}  // namespace nobounce::cli
