// SPDX-License-Identifier: Apache-2.0
// Topology files: the NICs and wires of a service in TOML, read strictly.
//
//   [[nic]]
//   name = "a"              # the rest has defaults
//   mac = "02:6e:62:02:00:00"
//   queues = 4
//   mtu = 4148
//   link-speed = "100G"
//
//   [[wire]]
//   name = "cable"
//   stations = ["a", "tap:tap0", "dgram:/run/local.sock:/run/peer.sock"]
//   rate = "10G"            # also delay, jitter, loss, reorder, duplicate, corrupt, seed, queue
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "emulator/chassis/layout.h"

namespace nobounce::serve {

/// The layout that `text` describes, without a socket directory. A NIC without a MAC address gets
/// 02:6e:62:02:00:<its place>. `name` is for the messages. Error: kInvalidArgument with the line,
/// for anything that is not as above or that check(Layout) refuses.
Result<emulator::Layout> parse_topology(std::string_view text, std::string_view name);

/// The same from a file. Errors: those of reading it, too.
Result<emulator::Layout> read_topology(const std::filesystem::path& file);

}  // namespace nobounce::serve
