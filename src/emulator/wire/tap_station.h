// SPDX-License-Identifier: Apache-2.0
// A station behind a TAP interface of the host, so that the host is on the wire too. TCP
// segmentation and checksums may be left to the other side in both directions.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "emulator/wire/host_station.h"

namespace nobounce::emulator::wire {

/// Joins interface `name`, made if it is missing; addresses, MTU and bringing it up are its user's.
/// `wire` must outlive it. Errors: those of sys::open_tap.
Result<std::unique_ptr<HostStation>> open_tap_station(const std::string& name,
                                                      net::FrameSink& wire);

}  // namespace nobounce::emulator::wire
