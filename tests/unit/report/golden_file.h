// SPDX-License-Identifier: Apache-2.0
// Texts that are kept as they should be, in tests/unit/report/golden. With NOBOUNCE_WRITE_GOLDENS
// in the environment they are written anew, to be looked at in git diff.
#pragma once

#include <string>

namespace nobounce {

std::string golden(const std::string& name);
/// Fails the test with the first line that differs.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace nobounce
