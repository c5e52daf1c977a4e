// SPDX-License-Identifier: Apache-2.0
// PairedPrograms: a receiver on one host of a guest and a sender on the other, each in its network
// namespace, from the start of the first to the end of both. To be used in the guest.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::lab {

struct PairedPrograms {
  std::vector<std::string> receiver;  ///< Command line; on host b.
  std::string receiver_ready;         ///< What it says once a sender may come.
  std::vector<std::string> sender;    ///< On host a.
  std::chrono::seconds patience;      ///< For everything; then both are stopped.
};

/// Runs both until each has ended well. What they say, on either stream, is in the Error otherwise:
/// kIo for one that failed, kTimeout for one that did not end. Nothing is left running.
Status run_pair(const PairedPrograms& pair);

}  // namespace nobounce::lab
