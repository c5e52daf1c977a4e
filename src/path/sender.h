// SPDX-License-Identifier: Apache-2.0
// Sender: one way through the kernel out of a region, for one connection.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "memory/region.h"
#include "path/wake.h"

namespace nobounce::path {

/// What a sender did since it was opened. A count that a path has no notion of stays 0.
struct SendCounts {
  std::uint64_t bytes = 0;            ///< Taken by the kernel.
  std::uint64_t sends_in_flight = 0;  ///< Sends whose bytes the kernel still reads.
  /// Sends that the kernel copied after all. It says so of a run of sends by its first.
  std::uint64_t sends_copied = 0;
  std::uint64_t sends_degraded = 0;  ///< Sends that we made plain ones, for want of a resource.
  std::uint64_t staged_bytes = 0;    ///< Copied by us, as the kernel can't reach the region.
};

/// What a sender waits for.
enum class Awaited {
  kRoom,     ///< `send` may take bytes again.
  kSettled,  ///< `settle` may find a send done.
};

/// Thread-compatible. After an Error the connection is of no more use.
class Sender {
 public:
  virtual ~Sender() = default;

  /// Hands the bytes of `extent` (not empty) to the kernel, as many as it takes; 0 means would
  /// block: `wait` for room. Never blocks. The bytes must stay as they are until `settle` says so.
  /// Errors: kPeerClosed (reset, or closed by the peer), those of the calls beneath.
  virtual Result<std::uint64_t> send(memory::Extent extent) = 0;

  /// Takes in what the kernel reports as done; never blocks. True if no send is in flight any more,
  /// so that the region may be reused.
  virtual Result<bool> settle() = 0;

  /// Waits, -1: for ever. It may be wrong, which costs a call that does nothing. While it waits for
  /// room it may take in what the kernel reports as done. Errors: kInterrupted if the user asked to
  /// stop, those of `settle`.
  virtual Result<Wake> wait(Awaited what, int timeout_ms) = 0;

  [[nodiscard]] virtual const SendCounts& counts() const = 0;
};

}  // namespace nobounce::path
