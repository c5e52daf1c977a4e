// SPDX-License-Identifier: Apache-2.0
// Runs a bare loop and the library in interleaved pairs, and prints what either cost:
//   {"unit": "ns of user CPU per frag", "pairs": [[BARE, LIBRARY], …]}
#pragma once

#include <fmt/format.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>

namespace nobounce {

inline double thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// What both do with a frag: nothing that costs, and nothing that can be left out.
struct Use {
  std::uint64_t sum = 0;
  void frag(std::uint64_t offset, std::uint64_t length) { sum += offset ^ length; }
};

/// Returns ns a frag; what the frags add up to, which is the same for both, goes to `checksum`.
using OverheadLoop = double(std::uint64_t& checksum);

/// The first argument is the number of pairs. For `main` to return.
inline int run_pairs(int argc, char** argv, OverheadLoop* bare_loop, OverheadLoop* library_loop) {
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 31;
  fmt::print("{{\"unit\": \"ns of user CPU per frag\", \"pairs\": [");
  for (int i = -1; i < pairs; ++i) {  // The first pair warms up.
    std::uint64_t bare_sum = 0;
    std::uint64_t library_sum = 0;
    double bare;
    double library;
    // Who goes first changes, so that a drift of the machine favours nobody.
    if (i % 2 == 0) {
      bare = bare_loop(bare_sum);
      library = library_loop(library_sum);
    } else {
      library = library_loop(library_sum);
      bare = bare_loop(bare_sum);
    }
    if (bare_sum != library_sum) std::abort();
    if (i >= 0) fmt::print("{}[{:.3f}, {:.3f}]", i == 0 ? "" : ", ", bare, library);
  }
  fmt::print("]}}\n");
  return 0;
}

}  // namespace nobounce
