// SPDX-License-Identifier: Apache-2.0
// PairedPrograms: a receiver on one host of a guest and a sender on the other, each in its network
// namespace, from the start of the first to the end of both; or several such pairs at once. To be
// used in the guest.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::lab {

struct PairedPrograms {
  std::vector<std::string> receiver;  ///< Command line.
  std::string receiver_ready;         ///< What it says once a sender may come.
  std::vector<std::string> sender;
  std::chrono::seconds patience;  ///< For everything; then all are stopped.
  std::string receiver_host = "b";
  std::string sender_host = "a";
  /// What the sender says once it waits for an order, the end of its input, to begin; empty: it
  /// begins when it likes.
  std::string sender_ready{};
  /// The exit status by which either says that its host lacks something; 0: none.
  int unsupported_status = 0;
};

/// Runs both until each has ended well. What they say, on either stream, is in the Error otherwise:
/// kIo for one that failed, kUnsupported for one that said so, kTimeout for one that did not end.
/// Nothing is left running.
Status run_pair(const PairedPrograms& pair);

/// Several, as long as the most patient is: all receivers are ready before the first sender starts,
/// and all senders that wait for an order before the first of them gets it. Errors: as run_pair;
/// one that fails ends all.
Status run_pairs(const std::vector<PairedPrograms>& pairs);

}  // namespace nobounce::lab
