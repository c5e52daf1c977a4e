// SPDX-License-Identifier: Apache-2.0
#include "bench/patience.h"

#include <algorithm>

namespace nobounce::bench {
namespace {

using Seconds = std::chrono::seconds;

// Starting programs, loading a message and draining what is under way.
constexpr Seconds kLeastPatience{60};
constexpr Seconds kPatienceForAStream{5};
constexpr std::uint64_t kSlowestBytesPerSecond = 10'000'000;

Seconds whole_seconds(double seconds) {
  return std::chrono::ceil<Seconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

Seconds patience_for(const Cell& cell, const Matrix& matrix) {
  const auto streams = static_cast<long>(cell.shape.connections());
  const std::uint64_t messages = matrix.bytes / cell.message_bytes;
  const auto pauses = std::chrono::ceil<Seconds>(std::chrono::nanoseconds(
      static_cast<std::chrono::nanoseconds::rep>(cell.shape.pause_ns * messages)));
  const Seconds bytes{static_cast<long>(matrix.bytes / kSlowestBytesPerSecond)};
  return kLeastPatience + streams * (kPatienceForAStream + bytes) + pauses +
         3 * whole_seconds(seconds_of(cell, matrix) + matrix.measuring.idle_seconds);
}

Seconds most_patience_for(const Matrix& matrix) {
  Seconds most = kLeastPatience;
  for (const Cell& cell : expand(matrix))
    most = std::max(most, patience_for(cell, matrix));
  return most;
}

}  // namespace nobounce::bench
