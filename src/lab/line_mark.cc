// SPDX-License-Identifier: Apache-2.0
#include "lab/line_mark.h"

#include <utility>

namespace nobounce::lab {

std::string LineMark::mark(std::string piece) {
  if (mark_.empty()) return piece;
  held_ += piece;
  std::string marked;
  std::string_view rest = held_;
  for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos;) {
    marked.append(mark_).append(rest.substr(0, end)).append(end_);
    rest.remove_prefix(end + 1);
  }
  held_ = std::string(rest);
  if (held_.size() > kLongestHeld) marked += finish();
  return marked;
}

std::string LineMark::finish() {
  if (held_.empty()) return {};
  return mark_ + std::exchange(held_, {}) + end_;
}

}  // namespace nobounce::lab
