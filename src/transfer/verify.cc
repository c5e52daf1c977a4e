// SPDX-License-Identifier: Apache-2.0
#include "transfer/verify.h"

#include <fmt/format.h>

#include <utility>

#include "memory/region.h"
#include "transfer/outbound.h"
#include "transfer/send_rounds.h"

namespace nobounce::transfer {
namespace {

/// Up to the peer's close. It may refuse at any time: it compares while it receives.
Status deliver(Outbound& outbound, int timeout_ms, memory::Extent all) {
  const SendRound round{.sender = outbound.sender(), .timeout_ms = timeout_ms, .on_progress = {}};
  NB_TRY(send_all(round, all));
  NB_TRY(drain(round));
  NB_TRY(outbound.finish());
  return outbound.await_close();
}

}  // namespace

Result<std::string> verify_with_peer(const VerifyOptions& options) {
  NB_ASSIGN(const auto region, memory::open_region(options.memory, {.size = options.bytes}));
  const memory::Extent all{.offset = 0, .length = options.bytes};
  NB_TRY(region->fill(all, options.pattern_seed, 0));
  NB_ASSIGN(Outbound outbound, Outbound::open({.peer = options.peer,
                                               .nic = options.nic,
                                               .path = options.path,
                                               .timeout_ms = options.timeout_ms,
                                               .stop_fd = options.stop_fd},
                                              *region));
  if (const Status verdict = deliver(outbound, options.timeout_ms, all); !verdict) {
    Error error = verdict.error();
    if (error.code != Code::kPeerClosed) return fail(std::move(error));
    return fail({.code = Code::kMismatch,
                 .operation = "verify",
                 .object = fmt::format("{} by {}", options.memory, outbound.nic()),
                 .cause = "the peer reset the connection: what landed there is not what was sent",
                 .fix = fmt::format("look at what `nobounce recv --verify pattern:{}` says there",
                                    options.pattern_seed)});
  }
  return outbound.nic();
}

}  // namespace nobounce::transfer
