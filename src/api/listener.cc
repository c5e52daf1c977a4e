// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "api/boundary.h"
#include "api/choice.h"
#include "api/handles.h"
#include "api/sized_struct.h"

namespace nobounce::api {
namespace {

constexpr std::string_view kListen = "nb_listen";
/// As many as one io_uring of path zcrx serves.
constexpr std::uint32_t kMostConnections = 64;

Status check(const nb_listen_options& options) {
  NB_TRY(require(kListen, Argument{options.address, "address"}));
  if (options.max_connections > kMostConnections) {
    return fail(bad_argument(kListen, "max_connections",
                             fmt::format("it is more than {}", kMostConnections)));
  }
  if (options.reserved != 0) return fail(bad_argument(kListen, "reserved", "it is not 0"));
  if (options.force > 1) return fail(bad_argument(kListen, "force", "it is not 0 or 1"));
  return {};
}

Result<transfer::InboundOptions> inbound_options(const nb_listen_options& options) {
  NB_TRY(check(options));
  transfer::InboundOptions wanted;
  NB_ASSIGN(wanted.listen, sys::parse_endpoint(options.address));
  NB_ASSIGN(wanted.path, path_asked_for(kListen, options.path, path::kReceivePaths));
  wanted.nic = text_or_empty(options.nic);
  if (options.queue != 0) wanted.queue = options.queue;
  wanted.max_connections = std::max(options.max_connections, 1u);
  wanted.force = options.force != 0;
  wanted.timeout_ms = none_unless_positive(options.timeout_ms);
  wanted.stop_fd = none_unless_positive(options.stop_fd);
  return wanted;
}

/// The listener holds what it listens with, and each of its receivers does.
Status require_room(const nb_listener& listener) {
  const auto receivers = static_cast<std::uint64_t>(listener.listening.use_count() - 1);
  if (receivers < listener.listening->max_connections) return {};
  return fail({.code = Code::kExhausted,
               .operation = "accept on",
               .object = listener.address,
               .cause = fmt::format("it has {} connections, which is max_connections", receivers),
               .fix = "close one, or listen with more"});
}

}  // namespace
}  // namespace nobounce::api

namespace api = nobounce::api;
using nobounce::Status;

nb_code nb_listen(const nb_listen_options* options, nb_region* region, nb_listener** listener,
                  nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require(api::kListen, api::Argument{region, "region"},
                        api::Argument{listener, "listener"}));
    NB_ASSIGN(const auto given, api::options_given(api::kListen, options));
    NB_ASSIGN(const auto wanted, api::inbound_options(given));
    NB_ASSIGN(auto inbound, nobounce::transfer::Inbound::open(wanted, *region->region));
    auto listening = std::make_shared<api::Listening>(
        api::Listening{region->region, std::move(inbound), wanted.max_connections, wanted.stop_fd});
    const auto& opened = listening->inbound;
    nb_choice choice(opened.choice());
    std::string address = to_string(opened.local());
    auto changes = opened.nic_changes();
    *listener = new nb_listener{.listening = std::move(listening),
                                .choice = std::move(choice),
                                .address = std::move(address),
                                .changes = std::move(changes)};
    return {};
  });
}

nb_code nb_listener_close(nb_listener* listener, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    if (listener == nullptr) return {};
    const auto listening = std::move(listener->listening);
    delete listener;
    // While receivers live they keep the NIC as it is; the last one puts it back.
    if (listening.use_count() > 1) return {};
    return listening->inbound.release();
  });
}

const char* nb_listener_address(const nb_listener* listener) {
  return listener == nullptr ? "" : listener->address.c_str();
}

const nb_choice* nb_listener_choice(const nb_listener* listener) {
  return listener == nullptr ? nullptr : &listener->choice;
}

const char* nb_listener_nic(const nb_listener* listener) {
  return listener == nullptr ? "" : listener->listening->inbound.nic().c_str();
}

size_t nb_listener_change_count(const nb_listener* listener) {
  return listener == nullptr ? 0 : listener->changes.size();
}

const char* nb_listener_change(const nb_listener* listener, size_t index) {
  return index < nb_listener_change_count(listener) ? listener->changes[index].c_str() : "";
}

nb_code nb_accept(nb_listener* listener, nb_receiver** receiver, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_accept", api::Argument{listener, "listener"},
                        api::Argument{receiver, "receiver"}));
    NB_TRY(api::require_room(*listener));
    NB_ASSIGN(auto connection, listener->listening->inbound.accept());
    *receiver =
        new nb_receiver{.listening = listener->listening, .connection = std::move(connection)};
    return {};
  });
}
