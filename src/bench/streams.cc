// SPDX-License-Identifier: Apache-2.0
#include "bench/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace nobounce::bench {
namespace {

constexpr std::uint16_t kFirstPort = 5001;

/// The hosts change places.
Placement mirrored(const Placement& placement) {
  return {.sender = placement.receiver, .receiver = placement.sender};
}

std::string nic_of(std::uint64_t pair) {
  return fmt::format("eth{}", pair);
}

/// Of a host's NIC, by the numbers of its pair and of the host.
std::string address_of(const Cell& cell, std::uint64_t pair, int host) {
  return cell.link.address_family == "v6" ? fmt::format("fd00:{:x}::{}", pair, host)
                                          : fmt::format("10.0.{}.{}", pair, host);
}

/// As `--memory` takes it.
std::string memory_at(const std::string& memory, std::uint64_t pair, const char* host) {
  if (memory != kAcceleratorMemory) return memory;
  return fmt::format("{}:{}", memory, 2 * pair + (*host == 'b' ? 1 : 0));
}

CellCommands awaiting_order(const Shape& shape, CellCommands commands) {
  if (!ready_word(shape).empty()) commands.sender.emplace_back("--await-order");
  return commands;
}

bool takes_a_queue(std::string_view rx_path) {
  return rx_path == "devmem" || rx_path == "zcrx";
}

}  // namespace

std::vector<Stream> streams_of(const Shape& shape) {
  std::vector<Stream> streams;
  for (std::uint64_t pair = 0; pair < shape.nic_pairs; ++pair) {
    for (const bool backward : {false, true}) {
      if (backward && shape.direction == Direction::kOneWay) continue;
      for (std::uint64_t flow = 0; flow < shape.flows; ++flow)
        streams.push_back({.pair = pair, .backward = backward, .flow = flow});
    }
  }
  return streams;
}

std::uint64_t accelerators_wanted(const Cell& cell) {
  const bool any = cell.tx_memory == kAcceleratorMemory || cell.rx_memory == kAcceleratorMemory;
  return any ? 2 * cell.shape.nic_pairs : 0;
}

CellCommands commands_of(const Stream& stream, const Cell& cell, const Matrix& matrix,
                         const Placement& placement, const ResultFiles& files) {
  Cell own = cell;
  own.tx_memory = memory_at(cell.tx_memory, stream.pair, stream.sender_host());
  own.rx_memory = memory_at(cell.rx_memory, stream.pair, stream.receiver_host());
  const Venue venue = {
      .nic = nic_of(stream.pair),
      .receiver = {.address = address_of(cell, stream.pair, stream.backward ? 1 : 2),
                   .port = static_cast<std::uint16_t>(kFirstPort + stream.flow)}};
  return awaiting_order(
      cell.shape,
      commands_for(own, matrix, stream.backward ? mirrored(placement) : placement, files, venue));
}

CellCommands commands_of_flow(std::size_t flow, const Cell& cell, const Matrix& matrix,
                              const Placement& placement, const ResultFiles& files,
                              const Venue& venue) {
  Venue own = venue;
  own.receiver.port = static_cast<std::uint16_t>(venue.receiver.port + flow);
  return awaiting_order(cell.shape, commands_for(cell, matrix, placement, files, own));
}

bool has_room_for_flows(std::uint16_t port) {
  return port + kMostFlows - 1 <= std::numeric_limits<std::uint16_t>::max();
}

std::string ready_word(const Shape& shape) {
  return shape.connections() > 1 ? "ready" : "";
}

std::string host_settings(char host, const Cell& cell, const Matrix& matrix,
                          const Placement& placement) {
  const auto& directions = matrix.axes.shapes.directions;
  const bool both = std::ranges::find(directions, Direction::kBoth) != directions.end();
  std::string script;
  for (std::uint64_t pair = 0; pair < cell.shape.nic_pairs; ++pair) {
    const std::string nic = nic_of(pair);
    if (host == 'a') {
      script += sender_settings(cell, placement, nic);
      if (both) script += receiver_settings(cell, mirrored(placement), nic);
    } else {
      script += receiver_settings(cell, placement, nic);
      if (both) script += sender_settings(cell, mirrored(placement), nic);
    }
  }
  return script;
}

std::optional<std::string> why_streams_fail(const Cell& cell, const Field& field) {
  if (field.is_two_machines() && cell.shape.lines() > 1)
    return "between two machines a cell has one NIC of each, and goes one way";
  if (cell.engine != Engine::kNobounce) {
    const std::string peer = cell.way();
    if (cell.shape.connections() > 1)
      return peer + " awaits no order to begin, so that its streams would not run at once";
    if (cell.shape.load != Load::kStream) return peer + " streams, and answers no requests";
    if (cell.shape.hold_ns > 0 || cell.shape.pause_ns > 0)
      return peer + " holds nothing back, and pauses in a way of its own";
    return std::nullopt;
  }
  if (takes_a_queue(cell.paths.rx) && cell.shape.flows >= field.nic_queues)
    return fmt::format(
        "each flow that is received by path {} takes a queue of the NIC, which has {}, and queue 0 "
        "stays the host's",
        cell.paths.rx, field.nic_queues);
  if (accelerators_wanted(cell) > field.accelerators)
    return fmt::format("{} accelerators are wanted, one beside each NIC, and there are {}",
                       accelerators_wanted(cell), field.accelerators);
  return std::nullopt;
}

}  // namespace nobounce::bench
