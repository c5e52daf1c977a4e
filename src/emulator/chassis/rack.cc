// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/rack.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace nobounce::emulator {
namespace {

// Where the thing of that name stands in a list of the layout.
template <typename List>
Result<std::size_t> index_of(const List& list, std::string_view what, std::string_view name) {
  const auto found = std::ranges::find(list, name, [](const auto& one) { return one.name; });
  if (found != list.end()) return static_cast<std::size_t>(std::distance(list.begin(), found));
  std::string names;
  for (const auto& one : list)
    names += (names.empty() ? "" : ", ") + one.name;
  return fail({.code = Code::kNotFound,
               .operation = "find",
               .object = fmt::format("{} '{}'", what, name),
               .cause = "the chassis has none of this name",
               .fix = fmt::format("name one of {}", names)});
}

void make_earliest(std::optional<std::uint64_t>& earliest, std::optional<std::uint64_t> other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

}  // namespace

Result<std::unique_ptr<Rack>> Rack::open(const Layout& layout, sys::Epoll& epoll) {
  NB_TRY(check(layout));
  std::unique_ptr<Rack> rack(new Rack(layout));
  rack->bays_.resize(layout.nics.size());
  for (const WireLayout& wire : layout.wires)
    NB_TRY(rack->lay(wire, epoll));
  return rack;
}

Rack::~Rack() {
  // A server that goes resets its NIC: first, while all that the NIC refers to is still there.
  for (const auto& bay : bays_)
    if (bay) bay->close();
  wires_.clear();
}

Status Rack::lay(const WireLayout& wire, sys::Epoll& epoll) {
  const auto ports = static_cast<std::uint32_t>(wire.stations.size());
  LaidWire& laid = wires_.emplace_back();
  laid.wire =
      wire::Wire::make({.ports = ports, .seed = wire.seed, .queue_bytes = wire.queue_bytes});
  laid.bays.resize(ports);
  for (std::uint32_t port = 0; port < ports; ++port) {
    laid.wire->set_impairments(port, wire.impairments);
    NB_TRY(fill_bay(wire.stations[port], laid, port, epoll));
  }
  return {};
}

Status Rack::fill_bay(const Station& station, LaidWire& laid, std::uint32_t port,
                      sys::Epoll& epoll) {
  if (station.kind != Station::Kind::kNic)
    return fail({.code = Code::kUnsupported,
                 .operation = "lay out",
                 .object = "a station that is no NIC",
                 .cause = "wires end in NICs so far",
                 .fix = {}});
  NB_ASSIGN(const std::size_t index, index_of(layout_.nics, "NIC", station.name));
  NB_ASSIGN(bays_[index], Bay::open(layout_.nics[index].options, socket_of(layout_, station.name),
                                    laid.wire->entry(port), clock_));
  NB_TRY(bays_[index]->register_with(epoll, index));
  laid.bays[port] = bays_[index].get();
  laid.wire->plug(port, &bays_[index]->nic());
  return {};
}

void Rack::on_ready(std::uint64_t key) {
  if (key < bays_.size()) bays_[key]->on_ready();
}

Rack::Turn Rack::run() {
  Turn turn;
  clock_.tick();
  run_wires(turn.due_ns);
  update_links();
  for (const auto& bay : bays_) {
    gvnic::Gvnic& nic = bay->nic();
    const std::uint64_t doorbells = nic.doorbells_found();
    turn.work_left |= nic.run();
    turn.must_poll |= nic.must_be_polled();
    turn.found_doorbells |= nic.doorbells_found() != doorbells;
  }
  turn.due_ns.reset();
  run_wires(turn.due_ns);
  for (const auto& bay : bays_)
    bay->nic().end_batch();
  return turn;
}

void Rack::run_wires(std::optional<std::uint64_t>& due_ns) {
  for (const LaidWire& laid : wires_)
    make_earliest(due_ns, laid.wire->run(clock_.now_ns()));
}

// A cable shows each end whether the driver at the other runs, as a NIC that is off sends no light;
// and who unplugs one end has unplugged both. A switch, or the world outside, is always on.
void Rack::update_links() {
  for (const LaidWire& laid : wires_) {
    const bool is_cable =
        laid.bays.size() == 2 && laid.bays[0] != nullptr && laid.bays[1] != nullptr;
    for (std::size_t port = 0; port < laid.bays.size(); ++port) {
      Bay* bay = laid.bays[port];
      if (bay == nullptr) continue;
      const Bay& lit_by = is_cable ? *laid.bays[1 - port] : *bay;
      bay->set_link(bay->is_enabled() && lit_by.is_enabled() && lit_by.nic().is_running());
    }
  }
}

ChassisStatistics Rack::statistics() const {
  ChassisStatistics all;
  for (const auto& bay : bays_)
    all.nics.push_back(bay->statistics());
  for (const LaidWire& laid : wires_) {
    WireStatistics& one = all.wires.emplace_back();
    for (std::uint32_t port = 0; port < laid.wire->ports(); ++port) {
      one.impairments.push_back(laid.wire->impairments(port));
      one.ports.push_back(laid.wire->statistics(port));
    }
  }
  return all;
}

Status Rack::set_impairments(std::string_view wire, std::optional<std::uint32_t> port,
                             const wire::Impairments& impairments) {
  NB_TRY(wire::check(impairments));
  NB_ASSIGN(const std::size_t index, index_of(layout_.wires, "wire", wire));
  wire::Wire& target = *wires_[index].wire;
  if (port && *port >= target.ports())
    return fail({.code = Code::kNotFound,
                 .operation = "find",
                 .object = fmt::format("port {} of wire {}", *port, wire),
                 .cause = fmt::format("the wire has {}", target.ports()),
                 .fix = "count from 0, in the order of its stations"});
  for (std::uint32_t one = port.value_or(0); one < target.ports(); ++one) {
    target.set_impairments(one, impairments);
    if (port) break;
  }
  return {};
}

Status Rack::set_link(std::string_view nic, bool up) {
  NB_ASSIGN(const std::size_t index, index_of(layout_.nics, "NIC", nic));
  bays_[index]->enable(up);
  return {};
}

}  // namespace nobounce::emulator
