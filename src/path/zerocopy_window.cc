// SPDX-License-Identifier: Apache-2.0
#include "path/zerocopy_window.h"

#include <fmt/format.h>

#include <cassert>

namespace nobounce::path {

ZerocopyWindow::ZerocopyWindow(std::uint32_t capacity, std::uint32_t first_id)
    : done_(capacity), oldest_(first_id), next_(first_id) {
  assert(std::has_single_bit(capacity));
}

void ZerocopyWindow::start() {
  assert(has_room());
  done_[slot(next_++)] = false;
  ++in_flight_;
}

Status ZerocopyWindow::finish(std::uint32_t low, std::uint32_t high) {
  // Unsigned differences are right across the wrap of the ids.
  const std::uint32_t open = next_ - oldest_;
  const std::uint32_t before = low - oldest_;
  const std::uint32_t last = high - oldest_;
  bool known = before <= last && last < open;
  for (std::uint32_t i = before; known && i <= last; ++i)
    known = !done_[slot(oldest_ + i)];
  if (!known) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "a zerocopy notification",
                 .cause = fmt::format("sends {} to {} are not all in flight", low, high),
                 .fix = {}});
  }

  for (std::uint32_t i = before; i <= last; ++i)
    done_[slot(oldest_ + i)] = true;
  in_flight_ -= last - before + 1;
  while (oldest_ != next_ && done_[slot(oldest_)])
    ++oldest_;
  return {};
}

}  // namespace nobounce::path
