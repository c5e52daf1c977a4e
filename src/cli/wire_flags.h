// SPDX-License-Identifier: Apache-2.0
// The flags that say what a wire does to frames, the same for every command that makes or changes
// wires.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "emulator/wire/wire.h"

namespace CLI {
class App;
}

namespace nobounce::cli {

/// As the user wrote them; empty where not given.
struct WireFlags {
  std::string rate{};
  std::string delay{};
  std::string jitter{};
  std::string loss{};
  std::string reorder{};
  std::string duplicate{};
  std::string corrupt{};
};

/// How the wires are made, beside what they do.
struct WireMaking {
  std::uint64_t seed = 1;
  std::string queue = "16M";
};

/// Adds <prefix>rate, <prefix>delay and so on: --wire-rate for the prefix "--wire-". `flags` must
/// outlive `app`.
void add_wire_flags(CLI::App& app, WireFlags& flags, const std::string& prefix = "--wire-");
/// Adds --wire-seed and --wire-queue. `making` must outlive `app`.
void add_wire_making_flags(CLI::App& app, WireMaking& making);

/// `start` with what the flags say in its place. Error: kInvalidArgument, which
/// names the value and how to write it.
Result<emulator::wire::Impairments> impairments_of(const WireFlags& flags,
                                                   const emulator::wire::Impairments& start = {});
/// Bytes of a port's queue. Error: kInvalidArgument.
Result<std::size_t> queue_bytes_of(const WireMaking& making);

}  // namespace nobounce::cli
