// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/size.h"
#include "sys/terminal.h"

namespace nobounce::cli {
namespace {

constexpr double kRedrawS = 0.2;

}  // namespace

Progress::Progress() : is_shown_(sys::standard_error_is_terminal()) {}

void Progress::show(std::uint64_t bytes) {
  if (!is_shown_) return;
  if (!since_start_) {
    since_start_.emplace(clock_);
    since_drawn_.emplace(clock_);
    return;
  }
  if (since_drawn_->elapsed_s() < kRedrawS) return;
  since_drawn_.emplace(clock_);
  const double gbit_per_s = static_cast<double>(bytes) * 8 / since_start_->elapsed_s() / 1e9;
  fmt::print(stderr, "\r{}, {:.2f} Gbit/s   ", format_size(bytes), gbit_per_s);
  std::fflush(stderr);
}

void Progress::end() {
  if (is_shown_ && since_start_) fmt::print(stderr, "\r{:40}\r", "");
}

}  // namespace nobounce::cli
