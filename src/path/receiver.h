// SPDX-License-Identifier: Apache-2.0
// Receiver: one way through the kernel into memory, for one connection.
//
// It knows nothing of what is received, nor of how a connection came to be; a consumer can't tell
// one path from another but by asking where a frag lies.
#pragma once

#include <cstdint>

#include "base/distribution.h"
#include "base/figure.h"
#include "base/result.h"
#include "path/frag.h"
#include "path/wake.h"

namespace nobounce::path {

enum class ReceiveOutcome {
  kData,         ///< `batch` holds at least one frag.
  kWouldBlock,   ///< Nothing has come: `wait`.
  kEndOfStream,  ///< The peer has sent all that it will.
  kFull,         ///< The bound on frags or bytes on loan is reached: give batches back first.
};

struct Received {
  ReceiveOutcome outcome = ReceiveOutcome::kWouldBlock;
  FragBatch batch;
};

/// What a receiver did since it was opened. A count that a path has no notion of stays 0; one that
/// the kernel would have to tell is a Figure.
struct ReceiveCounts {
  std::uint64_t bytes = 0;
  std::uint64_t frags = 0;               ///< In the region; each one cmsg on path devmem.
  std::uint64_t linear_bytes = 0;        ///< Not in the region: copied to host memory.
  std::uint64_t mapped_bytes = 0;        ///< Path mmap: seen in place, in pages of the kernel's.
  std::uint64_t staged_bytes = 0;        ///< Copied by us, as the kernel can't reach the region.
  std::uint64_t tokens_outstanding = 0;  ///< On loan, gathered (see `flush`), or lost.
  std::uint64_t cq_overflows = 0;        ///< Path zcrx: completions that found no room.
  /// Bytes that the kernel copied although the path is a zero-copy one.
  Figure<std::uint64_t> kernel_copied_bytes = NotAvailable{"this path does not tell"};
};

/// How tokens went back, a setsockopt at a time.
struct TokenReturnCounts {
  Distribution tokens_per_call;  ///< As many as the kernel freed.
  std::uint64_t ranges = 0;      ///< Runs of consecutive tokens, merged, in which they were named.
};

/// Thread-compatible. After an Error the connection is of no more use.
class Receiver : public FragOwner {
 public:
  virtual ~Receiver() = default;

  /// Takes in what has come, `max_bytes` (not 0) at the most; never blocks. Errors: kPeerClosed for
  /// a reset, kProtocol for what the kernel should never say, those of the calls beneath, and that
  /// of a batch which could not be given back before.
  virtual Result<Received> receive(std::uint64_t max_bytes) = 0;

  /// Waits until `receive` may have something to say; -1: for ever. It may be wrong, which costs a
  /// `receive` that would block. Errors: kInterrupted if the user asked to stop.
  virtual Result<Wake> wait(int timeout_ms) = 0;

  /// Gives back to the kernel at once what was given back to the receiver and is still gathered
  /// there, so that `counts` is final; at the end of the stream the receiver does so itself.
  /// Errors: what the kernel refused.
  virtual Status flush() { return {}; }

  [[nodiscard]] virtual const ReceiveCounts& counts() const = 0;
  /// nullptr: the path has no tokens that go back by a call.
  [[nodiscard]] virtual const TokenReturnCounts* token_returns() const { return nullptr; }
  /// How many niovs waited in the refill ring for the kernel to take them, each time that some had
  /// been given back; nullptr: the path has no such ring.
  [[nodiscard]] virtual const Distribution* refill_depth() const { return nullptr; }
};

}  // namespace nobounce::path
