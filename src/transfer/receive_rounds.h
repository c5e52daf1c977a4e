// SPDX-License-Identifier: Apache-2.0
// The loop of a receiver: rounds of receiving, each as large as the region allows, and between them
// the clock stands still while what landed is consumed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/distribution.h"
#include "path/receiver.h"
#include "transfer/interval.h"

namespace nobounce::transfer {

struct ReceiveRounds {
  path::Receiver& receiver;
  Interval& interval;
  /// Given the frags of a round, in stream order, while they are held. Empty: nobody wants them, so
  /// they go back at once, and all is one round.
  std::function<Status(std::span<const path::Frag>)> consume;
  std::optional<std::uint64_t> bytes;  ///< Ends after so many; else at the end of the stream.
  std::uint64_t receive_bytes = 0;     ///< Asked for at a time; 0: all that is wanted.
  int timeout_ms = -1;
  std::function<void(std::uint64_t bytes)> on_progress;
  Distribution* frags_per_receive = nullptr;  ///< Of receives that brought something.
  std::uint64_t request_bytes = 0;            ///< Each so many bytes are answered; 0: nothing is.
  const Clock* clock = nullptr;               ///< Where something is held; must outlive the rounds.
  std::uint64_t hold_ns = 0;                  ///< Frags that nobody consumes go back so much later.
  int stop_fd = -1;                           ///< Readable once the user asks to stop. Not owned.
  std::function<Status()> answer{};  ///< Called once a request was consumed and given back.
};

/// Receives until the stream or the wanted bytes end, and returns the number of rounds. Everything
/// has been given back when it returns, whatever it returns. Errors: kPeerClosed (reset, or an end
/// before the wanted bytes or within a request), kTimeout, kInterrupted, those of the receiver, of
/// `consume` and of `answer`.
Result<std::uint64_t> receive_in_rounds(const ReceiveRounds& rounds);

}  // namespace nobounce::transfer
