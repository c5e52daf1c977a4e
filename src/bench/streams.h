// SPDX-License-Identifier: Apache-2.0
// Streams: the connections that a cell has at once, each between two programs of its own, and what
// their hosts must be set to. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/cell.h"
#include "bench/cell_commands.h"
#include "bench/lines.h"
#include "bench/placement.h"
#include "bench/shape.h"

namespace nobounce::bench {

struct Stream {
  std::uint64_t pair = 0;  ///< Of NICs.
  bool backward = false;   ///< From host b to host a.
  std::uint64_t flow = 0;  ///< Of that pair and way.

  [[nodiscard]] const char* sender_host() const { return backward ? "b" : "a"; }
  [[nodiscard]] const char* receiver_host() const { return backward ? "a" : "b"; }
};

/// As many as the cell has connections; of a peer, whose program makes all flows itself, one.
std::vector<Stream> streams_of(const Cell& cell);

/// `accelerator` as the memory of a stream's end is the device beside its NIC: of pair i number i
/// of its machine, or where both hosts are one machine number 2i for host a and 2i + 1 for host b.
inline constexpr const char* kAcceleratorMemory = "accelerator";
/// How many accelerators the cell wants in the guest that both hosts share.
std::uint64_t accelerators_wanted(const Cell& cell);

/// What one stream of the cell runs. Where there are several, senders await the order to begin.
CellCommands commands_of(const Stream& stream, const Cell& cell, const Matrix& matrix,
                         const Placement& placement, const ResultFiles& files, const Lines& lines);
/// What a sender says that awaits its order; empty where the cell has one stream.
std::string ready_word(const Cell& cell);

/// A script that sets the NICs of host 'a' or 'b' for all streams of the cell. Where a matrix has
/// cells that go both ways, every cell of it sets both hosts as sender and receiver: none is to
/// find what another left.
std::string host_settings(char host, const Cell& cell, const Matrix& matrix,
                          const Placement& placement, const Lines& lines);

/// Why a host of `field` can't carry these streams, or nothing.
std::optional<std::string> why_streams_fail(const Cell& cell, const Field& field);

}  // namespace nobounce::bench
