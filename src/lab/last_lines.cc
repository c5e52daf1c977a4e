// SPDX-License-Identifier: Apache-2.0
#include "lab/last_lines.h"

namespace nobounce::lab {

std::string_view last_lines(std::string_view text, std::size_t count) {
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  std::size_t start = text.size();
  for (std::size_t line = 0; line < count; ++line) {
    if (start == 0) return text;
    start = text.rfind('\n', start - 1);
    if (start == std::string_view::npos) return text;
  }
  return text.substr(start + 1);
}

}  // namespace nobounce::lab
