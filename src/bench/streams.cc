// SPDX-License-Identifier: Apache-2.0
#include "bench/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nobounce::bench {
namespace {

/// The hosts change places.
Placement mirrored(const Placement& placement) {
  return {.sender = placement.receiver, .receiver = placement.sender};
}

/// As `--memory` takes it.
std::string memory_at(const std::string& memory, std::uint64_t pair, const char* host,
                      bool is_one_machine) {
  if (memory != kAcceleratorMemory) return memory;
  const std::uint64_t device = is_one_machine ? 2 * pair + (*host == 'b' ? 1 : 0) : pair;
  return fmt::format("{}:{}", memory, device);
}

bool takes_a_queue(std::string_view rx_path) {
  return rx_path == "devmem" || rx_path == "zcrx";
}

std::optional<std::string> why_queues_fail(const Cell& cell, std::uint64_t queues) {
  if (cell.engine != Engine::kNobounce || !takes_a_queue(cell.paths.rx)) return std::nullopt;
  if (cell.shape.flows < queues) return std::nullopt;
  return fmt::format(
      "each flow that is received by path {} takes a queue of the NIC, which has {}, and queue 0 "
      "stays the host's",
      cell.paths.rx, queues);
}

std::optional<std::string> why_peers_streams_fail(const Cell& cell) {
  const std::string peer = cell.way();
  if (cell.shape.lines() > 1)
    return peer + " awaits no order to begin, so that its streams would not run at once";
  if (cell.engine == Engine::kNeper && cell.shape.flows > 1) return peer + " is run with one flow";
  if (cell.shape.load != Load::kStream) return peer + " streams, and answers no requests";
  if (cell.shape.hold_ns > 0 || cell.shape.pause_ns > 0)
    return peer + " holds nothing back, and pauses in a way of its own";
  return std::nullopt;
}

std::optional<std::string> why_one_machine_fails(const Cell& cell, const Field& field) {
  if (auto reason = why_queues_fail(cell, field.nic_queues)) return reason;
  if (accelerators_wanted(cell) > field.accelerators)
    return fmt::format("{} accelerators are wanted, one beside each NIC, and there are {}",
                       accelerators_wanted(cell), field.accelerators);
  return std::nullopt;
}

std::optional<std::string> why_two_machines_fail(const Cell& cell, const Machine& a,
                                                 const Machine& b) {
  const Shape& shape = cell.shape;
  if (shape.nic_pairs > std::min(a.nics, b.nics))
    return fmt::format(
        "{} NIC pairs are wanted, and this host was given {} and the peer {}; name more with --nic "
        "on either",
        shape.nic_pairs, a.nics, b.nics);
  const bool both = shape.direction == Direction::kBoth;
  if (auto reason = why_queues_fail(
          cell, both ? std::min(a.receive_queues, b.receive_queues) : b.receive_queues))
    return reason;
  for (const auto& [machine, who] : {std::pair{&a, "this host"}, std::pair{&b, "the peer"}}) {
    if (!machine->families.contains(cell.link.address_family))
      return fmt::format("not every NIC of {} has an IP{} address", who, cell.link.address_family);
    const bool sends = machine == &a || both;
    const bool receives = machine == &b || both;
    const bool wants_accelerators = (sends && cell.tx_memory == kAcceleratorMemory) ||
                                    (receives && cell.rx_memory == kAcceleratorMemory);
    if (wants_accelerators && shape.nic_pairs > machine->accelerators)
      return fmt::format("{} accelerators of {} are wanted, one beside each NIC, and there are {}",
                         shape.nic_pairs, who, machine->accelerators);
  }
  return std::nullopt;
}

}  // namespace

std::vector<Stream> streams_of(const Cell& cell) {
  const Shape& shape = cell.shape;
  if (cell.engine != Engine::kNobounce) return {{}};
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
                         const Placement& placement, const ResultFiles& files, const Lines& lines) {
  Cell own = cell;
  own.tx_memory =
      memory_at(cell.tx_memory, stream.pair, stream.sender_host(), lines.is_one_machine);
  own.rx_memory =
      memory_at(cell.rx_memory, stream.pair, stream.receiver_host(), lines.is_one_machine);
  const HostNic& sender = (stream.backward ? lines.b : lines.a).at(stream.pair);
  const HostNic& receiver = (stream.backward ? lines.a : lines.b).at(stream.pair);
  const Venue venue = {
      .sender_nic = sender.name,
      .receiver_nic = receiver.name,
      .receiver = {.address = receiver.address(cell.link.address_family),
                   .port = static_cast<std::uint16_t>(lines.first_port + stream.flow)},
      .force = lines.force};
  CellCommands commands =
      commands_for(own, matrix, stream.backward ? mirrored(placement) : placement, files, venue);
  if (!ready_word(cell).empty()) commands.sender.emplace_back("--await-order");
  return commands;
}

std::string ready_word(const Cell& cell) {
  return streams_of(cell).size() > 1 ? "ready" : "";
}

std::string host_settings(char host, const Cell& cell, const Matrix& matrix,
                          const Placement& placement, const Lines& lines) {
  const auto& directions = matrix.axes.shapes.directions;
  const bool both = std::ranges::find(directions, Direction::kBoth) != directions.end();
  std::string script;
  for (std::uint64_t pair = 0; pair < cell.shape.nic_pairs; ++pair) {
    const std::string& nic = (host == 'a' ? lines.a : lines.b).at(pair).name;
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
  if (cell.engine != Engine::kNobounce) {
    if (auto reason = why_peers_streams_fail(cell)) return reason;
  }
  return field.is_two_machines() ? why_two_machines_fail(cell, *field.a, *field.b)
                                 : why_one_machine_fails(cell, field);
}

}  // namespace nobounce::bench
