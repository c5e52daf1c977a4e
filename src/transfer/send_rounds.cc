// SPDX-License-Identifier: Apache-2.0
#include "transfer/send_rounds.h"

#include <fmt/format.h>
#include <poll.h>

#include "transfer/awaiting.h"

namespace nobounce::transfer {
namespace {

// Waits until sending may go on. Notifications that come meanwhile are read, and the wait goes on,
// rather than trying to send into a buffer that is still full.
Status wait_to_send(const SendRound& round) {
  const short awaited = round.sender.awaited_events();
  while (true) {
    const int came = round.socket.wait(awaited, round.timeout_ms);
    if (came <= 0) return fail(waiting_error(came, "send", round.timeout_ms));
    if ((came & POLLERR) == 0 || (came & awaited) != 0) return {};
    NB_TRY(round.sender.settle());
    if (awaited == 0) return {};
  }
}

}  // namespace

Status send_all(const SendRound& round, memory::Extent extent) {
  while (extent.length > 0) {
    NB_ASSIGN(const std::uint64_t sent, round.sender.send(extent));
    if (sent == 0) {
      NB_TRY(wait_to_send(round));
      continue;
    }
    extent.offset += sent;
    extent.length -= sent;
    if (round.on_progress) round.on_progress(round.sender.counts().bytes);
  }
  return {};
}

Status drain(const SendRound& round) {
  while (round.sender.counts().sends_in_flight > 0) {
    const int came = round.socket.wait(0, round.timeout_ms);
    if (came > 0) {
      NB_TRY(round.sender.settle());
      continue;
    }
    Error error = waiting_error(came, "send", round.timeout_ms);
    if (error.code == Code::kTimeout) {
      error.cause +=
          fmt::format(", and {} sends are not finished", round.sender.counts().sends_in_flight);
    }
    return fail(std::move(error));
  }
  return {};
}

}  // namespace nobounce::transfer
