// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "api/boundary.h"
#include "api/choice.h"
#include "api/handles.h"
#include "api/sized_struct.h"
#include "base/bytes.h"

namespace nobounce::api {
namespace {

constexpr std::string_view kConnect = "nb_connect";

Result<transfer::OutboundOptions> outbound_options(const nb_connect_options& options) {
  NB_TRY(require(kConnect, Argument{options.address, "address"}));
  transfer::OutboundOptions wanted;
  NB_ASSIGN(wanted.peer, sys::parse_endpoint(options.address));
  NB_ASSIGN(wanted.path, path_asked_for(kConnect, options.path, path::kSendPaths));
  wanted.nic = text_or_empty(options.nic);
  wanted.timeout_ms = none_unless_positive(options.timeout_ms);
  wanted.stop_fd = none_unless_positive(options.stop_fd);
  return wanted;
}

/// Hands over as much of `extent` as the kernel takes before it takes nothing for `timeout_ms`.
/// Adds to `sent` as it goes, so that an error does not lose the count.
Status send(path::Sender& sender, memory::Extent extent, int timeout_ms, std::uint64_t& sent) {
  while (extent.length > 0) {
    NB_ASSIGN(const std::uint64_t taken, sender.send(extent));
    extent.offset += taken;
    extent.length -= taken;
    sent += taken;
    if (taken > 0) continue;
    if (timeout_ms == 0) return {};
    NB_ASSIGN(const path::Wake wake, sender.wait(path::Awaited::kRoom, timeout_ms));
    if (wake == path::Wake::kTimeout) return {};
  }
  return {};
}

/// True once no send is in flight; false if nothing happened for `timeout_ms`.
Result<bool> settle(path::Sender& sender, int timeout_ms) {
  while (true) {
    NB_ASSIGN(const bool settled, sender.settle());
    if (settled || timeout_ms == 0) return settled;
    NB_ASSIGN(const path::Wake wake, sender.wait(path::Awaited::kSettled, timeout_ms));
    if (wake == path::Wake::kTimeout) return false;
  }
}

nb_send_counts counts_of(const path::SendCounts& counts) {
  return {.struct_size = sizeof(nb_send_counts),
          .bytes = counts.bytes,
          .sends_in_flight = counts.sends_in_flight,
          .sends_copied = counts.sends_copied,
          .sends_degraded = counts.sends_degraded,
          .staged_bytes = counts.staged_bytes};
}

}  // namespace
}  // namespace nobounce::api

namespace api = nobounce::api;
using nobounce::Status;

nb_code nb_connect(const nb_connect_options* options, nb_region* region, nb_sender** sender,
                   nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require(api::kConnect, api::Argument{region, "region"},
                        api::Argument{sender, "sender"}));
    NB_ASSIGN(const auto given, api::options_given(api::kConnect, options));
    NB_ASSIGN(const auto wanted, api::outbound_options(given));
    NB_ASSIGN(auto outbound, nobounce::transfer::Outbound::open(wanted, *region->region));
    nb_choice choice(outbound.choice());
    *sender = new nb_sender{.region = region->region,
                            .outbound = std::move(outbound),
                            .choice = std::move(choice),
                            .timeout_ms = wanted.timeout_ms};
    return {};
  });
}

void nb_sender_close(nb_sender* sender) {
  delete sender;
}

const nb_choice* nb_sender_choice(const nb_sender* sender) {
  return sender == nullptr ? nullptr : &sender->choice;
}

const char* nb_sender_nic(const nb_sender* sender) {
  return sender == nullptr ? "" : sender->outbound.nic().c_str();
}

nb_code nb_send(nb_sender* sender, uint64_t offset, uint64_t length, int timeout_ms, uint64_t* sent,
                nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_send", api::Argument{sender, "sender"}, api::Argument{sent, "sent"}));
    if (!nobounce::range_fits(offset, length, sender->region->size())) {
      return nobounce::fail(
          api::bad_argument("nb_send", fmt::format("{} bytes at {}", length, offset),
                            fmt::format("the region ends at {}", sender->region->size())));
    }
    *sent = 0;
    return api::send(sender->outbound.sender(), {.offset = offset, .length = length}, timeout_ms,
                     *sent);
  });
}

nb_code nb_settle(nb_sender* sender, int timeout_ms, bool* settled, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_settle", api::Argument{sender, "sender"},
                        api::Argument{settled, "settled"}));
    NB_ASSIGN(*settled, api::settle(sender->outbound.sender(), timeout_ms));
    return {};
  });
}

nb_code nb_finish(nb_sender* sender, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_finish", api::Argument{sender, "sender"}));
    NB_ASSIGN(const bool settled, api::settle(sender->outbound.sender(), sender->timeout_ms));
    if (settled) return sender->outbound.finish();
    return nobounce::fail({.code = nobounce::Code::kTimeout,
                           .operation = "finish",
                           .object = "the stream",
                           .cause = fmt::format("the kernel still reads the region after {:g} s",
                                                sender->timeout_ms / 1e3),
                           .fix = {}});
  });
}

nb_code nb_await_close(nb_sender* sender, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_await_close", api::Argument{sender, "sender"}));
    return sender->outbound.await_close();
  });
}

nb_code nb_sender_counts(const nb_sender* sender, nb_send_counts* counts, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_sender_counts", api::Argument{sender, "sender"}));
    auto& outbound = const_cast<nobounce::transfer::Outbound&>(sender->outbound);
    return api::give_counts("nb_sender_counts", api::counts_of(outbound.sender().counts()), counts);
  });
}
