// SPDX-License-Identifier: Apache-2.0
#include "serve/nics_json.h"

#include <string>

#include "emulator/chassis/mac_address.h"
#include "serve/request.h"

namespace nobounce::serve {
namespace {

using nlohmann::json;

json tx_json(const emulator::gvnic::TxStatistics& tx) {
  return {{"packets", tx.packets},
          {"bytes", tx.bytes},
          {"tso_frames", tx.tso_frames},
          {"malformed", tx.malformed},
          {"dropped", tx.dropped}};
}

json rx_json(const emulator::gvnic::RxStatistics& rx) {
  return {{"packets", rx.packets},
          {"bytes", rx.bytes},
          {"rsc_packets", rx.rsc_packets},
          {"rsc_segments", rx.rsc_segments},
          {"header_split_packets", rx.header_split_packets},
          {"waiting", rx.waiting},
          {"dropped_no_buffers", rx.dropped_no_buffers},
          {"dropped_queue_ended", rx.dropped_queue_ended},
          {"dropped_invalid_checksum", rx.dropped_invalid_checksum},
          {"dropped_over_mru", rx.dropped_over_mru},
          {"malformed", rx.malformed}};
}

// Entry i is queue i; what it counted stays when the queue is destroyed and made anew.
template <typename Counted>
json queues_json(const std::vector<emulator::gvnic::QueueStatistics<Counted>>& queues,
                 json (*to_json)(const Counted&)) {
  json list = json::array();
  for (const auto& queue : queues) {
    json one = to_json(queue.counted);
    one["alive"] = queue.is_alive;
    list.push_back(std::move(one));
  }
  return list;
}

json server_json(const emulator::vfio_user::Server::Statistics& server) {
  return {{"clients", server.clients},
          {"clients_refused", server.clients_refused},
          {"messages", server.messages},
          {"errors_replied", server.errors_replied},
          {"protocol_breaches", server.protocol_breaches}};
}

json nic_json(const emulator::Layout& layout, std::size_t index,
              const emulator::NicStatistics& nic) {
  const emulator::NicLayout& made = layout.nics[index];
  return {{"name", made.name},
          {"mac", emulator::to_string(made.options.mac)},
          {"socket", emulator::socket_of(layout, made.name).string()},
          {"queues", made.options.queues},
          {"mtu", made.options.mtu},
          {"client", nic.has_client},
          {"driver", nic.driver},
          {"driver_runs", nic.driver_runs},
          {"cable", nic.has_cable},
          {"link", nic.has_link},
          {"tx", tx_json(nic.counters.tx)},
          {"rx", rx_json(nic.counters.rx)},
          {"tx_queues", queues_json(nic.counters.tx_queues, tx_json)},
          {"rx_queues", queues_json(nic.counters.rx_queues, rx_json)},
          {"interrupts",
           {{"raised", nic.counters.interrupts.raised},
            {"moderated", nic.counters.interrupts.moderated},
            {"management", nic.counters.interrupts.management}}},
          {"dropped_no_queue", nic.counters.dropped_no_queue},
          {"dropped_no_bus_master", nic.counters.dropped_no_bus_master},
          {"dropped_no_cable", nic.counters.dropped_no_cable},
          {"dma_refused", nic.dma_refused},
          {"malformed_commands", nic.counters.malformed_commands},
          {"resets_wanted", nic.counters.resets_wanted},
          {"resets", nic.counters.resets},
          {"server", server_json(nic.server)}};
}

json accelerator_json(const emulator::Layout& layout, std::size_t index,
                      const emulator::AcceleratorUnitStatistics& unit) {
  const emulator::AcceleratorLayout& made = layout.accelerators[index];
  const auto& counters = unit.counters;
  json latest = json::array();
  for (const auto& access : counters.latest_accesses)
    latest.push_back(
        {{"offset", access.offset}, {"bytes", access.bytes}, {"write", access.is_write}});
  return {{"name", made.name},
          {"socket", emulator::socket_of(layout, made.name).string()},
          {"guest", made.guest},
          {"memory_bytes", made.options.memory_bytes},
          {"memory_used_bytes", counters.gpu.memory_bytes},
          {"client", unit.has_client},
          {"driver_runs", unit.driver_runs},
          {"cpu",
           {{"reads", counters.cpu.reads},
            {"read_bytes", counters.cpu.read_bytes},
            {"writes", counters.cpu.writes},
            {"written_bytes", counters.cpu.written_bytes},
            {"latest", std::move(latest)}}},
          {"dma_refused", unit.dma_refused},
          {"commands", counters.gpu.commands},
          {"commands_refused", counters.gpu.refused},
          {"streams", counters.gpu.engine.streams},
          {"stream_commands", counters.gpu.engine.commands},
          {"stream_faults", counters.gpu.engine.faults},
          {"resets_wanted", counters.resets_wanted},
          {"resets", counters.resets},
          {"server", server_json(unit.server)}};
}

json impairments_json(const emulator::wire::Impairments& impairments) {
  return {{"rate_bits_per_s", impairments.rate_bits_per_s},
          {"delay_ns", impairments.delay_ns},
          {"jitter_ns", impairments.jitter_ns},
          {"loss", impairments.loss},
          {"reorder", impairments.reorder},
          {"duplicate", impairments.duplicate},
          {"corrupt", impairments.corrupt},
          {"partitioned", impairments.partitioned}};
}

json host_json(const emulator::wire::HostStationStatistics& host) {
  return {{"written_frames", host.written_frames},
          {"written_bytes", host.written_bytes},
          {"read_frames", host.read_frames},
          {"read_bytes", host.read_bytes},
          {"dropped_would_block", host.dropped_would_block},
          {"dropped_refused", host.dropped_refused},
          {"dropped_malformed", host.dropped_malformed}};
}

json port_json(const emulator::Station& station, const emulator::wire::Impairments& impairments,
               const emulator::wire::PortStatistics& port) {
  return {{"station", emulator::to_string(station)},
          {"impairments", impairments_json(impairments)},
          {"frames", port.frames},
          {"bytes", port.bytes},
          {"delivered_frames", port.delivered_frames},
          {"delivered_bytes", port.delivered_bytes},
          {"dropped_queue_full", port.dropped_queue_full},
          {"dropped_unplugged", port.dropped_unplugged},
          {"dropped_partitioned", port.dropped_partitioned},
          {"dropped_in_delivery", port.dropped_in_delivery},
          {"lost", port.lost},
          {"reordered", port.reordered},
          {"duplicated", port.duplicated},
          {"corrupted", port.corrupted},
          {"waiting_frames", port.waiting_frames},
          {"waiting_bytes", port.waiting_bytes}};
}

}  // namespace

json to_json(const emulator::Layout& layout, const emulator::ChassisStatistics& statistics) {
  json nics = json::array();
  for (std::size_t i = 0; i < statistics.nics.size(); ++i)
    nics.push_back(nic_json(layout, i, statistics.nics[i]));
  json accelerators = json::array();
  for (std::size_t i = 0; i < statistics.accelerators.size(); ++i)
    accelerators.push_back(accelerator_json(layout, i, statistics.accelerators[i]));
  json wires = json::array();
  for (std::size_t i = 0; i < statistics.wires.size(); ++i) {
    const emulator::WireStatistics& wire = statistics.wires[i];
    json ports = json::array();
    for (std::size_t port = 0; port < wire.ports.size(); ++port) {
      json one =
          port_json(layout.wires[i].stations[port], wire.impairments[port], wire.ports[port]);
      if (wire.hosts[port]) one["host"] = host_json(*wire.hosts[port]);
      ports.push_back(std::move(one));
    }
    wires.push_back({{"name", layout.wires[i].name},
                     {"seed", layout.wires[i].seed},
                     {"ports", std::move(ports)}});
  }
  json object = {{"schema", kNicsSchema},
                 {"nics", std::move(nics)},
                 {"accelerators", std::move(accelerators)},
                 {"wires", std::move(wires)}};
  if (statistics.capture)
    object["capture"] = {{"file", statistics.capture->path.string()},
                         {"frames", statistics.capture->frames}};
  return object;
}

json error_json(const Error& error) {
  return {{"schema", kNicsSchema},
          {"error", {{"code", name_of(error.code)}, {"message", to_string(error)}}}};
}

json done_json() {
  return {{"schema", kNicsSchema}, {"done", true}};
}

}  // namespace nobounce::serve
