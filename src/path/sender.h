// SPDX-License-Identifier: Apache-2.0
// Sender: one way through the kernel out of a region, for one connection.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "memory/region.h"

namespace nobounce::path {

/// What a sender did since it was opened.
struct SendCounts {
  std::uint64_t bytes = 0;            ///< Taken by the kernel.
  std::uint64_t sends_in_flight = 0;  ///< Sends whose bytes the kernel still reads.
  std::uint64_t sends_copied = 0;     ///< Sends that the kernel copied after all.
};

/// Thread-compatible. After an Error the connection is of no more use.
class Sender {
 public:
  virtual ~Sender() = default;

  /// Hands the bytes of `extent` (not empty) to the kernel, as many as it takes; 0 means would
  /// block: wait for `awaited_events`. Never blocks. The bytes must stay as they are until `settle`
  /// says so. Errors: kPeerClosed (reset, or closed by the peer), those of sendmsg.
  virtual Result<std::uint64_t> send(memory::Extent extent) = 0;

  /// What to poll for after `send` took 0 bytes; POLLERR comes unasked.
  [[nodiscard]] virtual short awaited_events() const = 0;

  /// Takes in what the kernel reports as done; never blocks. True if no send is in flight any more,
  /// so that the region may be reused; else wait for POLLERR.
  virtual Result<bool> settle() = 0;

  [[nodiscard]] virtual const SendCounts& counts() const = 0;
};

}  // namespace nobounce::path
