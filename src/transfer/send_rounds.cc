// SPDX-License-Identifier: Apache-2.0
#include "transfer/send_rounds.h"

#include <fmt/format.h>

#include "transfer/awaiting.h"

namespace nobounce::transfer {
Status send_all(const SendRound& round, memory::Extent extent) {
  while (extent.length > 0) {
    const std::uint64_t before = round.sender.counts().bytes;
    NB_ASSIGN(const std::uint64_t sent, round.sender.send(extent));
    if (sent == 0) {
      NB_ASSIGN(const path::Wake wake, round.sender.wait(path::Awaited::kRoom, round.timeout_ms));
      if (wake == path::Wake::kTimeout) return fail(nothing_moved("send", round.timeout_ms));
      continue;
    }
    extent.offset += sent;
    extent.length -= sent;
    const std::uint64_t after = round.sender.counts().bytes;
    if (round.on_progress) round.on_progress(after);
    if (is_look_due(before, after)) NB_TRY(round.sender.wait(path::Awaited::kRoom, 0));
  }
  return {};
}

Status drain(const SendRound& round) {
  while (round.sender.counts().sends_in_flight > 0) {
    NB_ASSIGN(const path::Wake wake, round.sender.wait(path::Awaited::kSettled, round.timeout_ms));
    if (wake == path::Wake::kReady) {
      NB_TRY(round.sender.settle());
      continue;
    }
    Error error = nothing_moved("send", round.timeout_ms);
    error.cause +=
        fmt::format(", and {} sends are not finished", round.sender.counts().sends_in_flight);
    return fail(std::move(error));
  }
  return {};
}

}  // namespace nobounce::transfer
