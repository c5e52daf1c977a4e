// SPDX-License-Identifier: Apache-2.0
// A station behind a Unix datagram socket: one Ethernet frame a datagram, without FCS or any header
// of its own, as QEMU's `-netdev dgram` with `local.type=unix` and `remote.type=unix` speaks.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "emulator/wire/host_station.h"

namespace nobounce::emulator::wire {

/// Receives at `local` and sends to `peer`, which may come and go. `wire` must outlive it. Errors:
/// those of sys::DatagramSocket::open.
Result<std::unique_ptr<HostStation>> open_datagram_station(const std::filesystem::path& local,
                                                           const std::filesystem::path& peer,
                                                           net::FrameSink& wire);

}  // namespace nobounce::emulator::wire
