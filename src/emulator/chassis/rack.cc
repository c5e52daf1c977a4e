// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/rack.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "emulator/wire/datagram_station.h"
#include "emulator/wire/tap_station.h"

namespace nobounce::emulator {
namespace {

constexpr std::uint64_t kFlushNs = 100'000'000;

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
  std::unique_ptr<Rack> rack(new Rack(layout, epoll));
  NB_TRY(rack->place_accelerators());
  rack->bays_.resize(layout.nics.size());
  for (const WireLayout& wire : layout.wires)
    NB_TRY(rack->lay(wire));
  return rack;
}

Rack::~Rack() {
  // A server that goes resets its device: first, while all that it refers to is still there.
  for (const auto& bay : bays_)
    if (bay) bay->slot().close();
  for (const auto& bay : accelerators_)
    bay->slot().close();
  for (LaidWire& laid : wires_)
    laid.wire.reset();
}

// All of a guest's are on its bus, where they reach each other as NICs reach them.
Status Rack::place_accelerators() {
  for (const AcceleratorLayout& wanted : layout_.accelerators) {
    NB_ASSIGN(auto bay, AcceleratorBay::make(wanted.options));
    const std::uint64_t key = kMaxNics + accelerators_.size();
    GuestBus& bus = buses_[wanted.guest];
    bus.add(bay->device());
    bay->slot().memory().set_peers(&bus);
    accelerators_.push_back(std::move(bay));
    NB_TRY(accelerators_.back()->open(socket_of(layout_, wanted.name), epoll_, key));
  }
  return {};
}

Status Rack::lay(const WireLayout& wire) {
  const auto ports = static_cast<std::uint32_t>(wire.stations.size());
  LaidWire& laid = wires_.emplace_back();
  laid.wire =
      wire::Wire::make({.ports = ports, .seed = wire.seed, .queue_bytes = wire.queue_bytes});
  laid.bays.resize(ports);
  for (std::uint32_t port = 0; port < ports; ++port) {
    laid.wire->set_impairments(port, wire.impairments);
    const Station& station = wire.stations[port];
    NB_TRY(station.kind == Station::Kind::kNic ? fill_bay(station, laid, port)
                                               : open_outside(station, laid, port));
  }
  return {};
}

Status Rack::fill_bay(const Station& station, LaidWire& laid, std::uint32_t port) {
  NB_ASSIGN(const std::size_t index, index_of(layout_.nics, "NIC", station.name));
  const NicLayout& wanted = layout_.nics[index];
  NB_ASSIGN(bays_[index], Bay::make(wanted.options, laid.wire->entry(port), clock_));
  if (const auto bus = buses_.find(wanted.guest); bus != buses_.end())
    bays_[index]->slot().memory().set_peers(&bus->second);
  NB_TRY(bays_[index]->open(socket_of(layout_, wanted.name), epoll_, index));
  laid.bays[port] = bays_[index].get();
  laid.wire->plug(port, &bays_[index]->nic());
  return {};
}

Status Rack::open_outside(const Station& station, LaidWire& laid, std::uint32_t port) {
  net::FrameSink& entry = laid.wire->entry(port);
  NB_ASSIGN(auto opened, station.kind == Station::Kind::kTap
                             ? wire::open_tap_station(station.name, entry)
                             : wire::open_datagram_station(station.local, station.peer, entry));
  NB_TRY(
      epoll_.add(opened->fd(), sys::Epoll::Interest::kRead, kFirstOutsideKey + outsides_.size()));
  laid.wire->plug(port, opened.get());
  outsides_.push_back({.station = std::move(opened),
                       .last_statistics = {},
                       .wire = wires_.size() - 1,
                       .port = port});
  return {};
}

void Rack::read_outside(Outside& outside) {
  outside.is_readable = false;
  if (!outside.station) return;
  const auto outcome = outside.station->on_ready();
  const Status minded = outcome
                            ? hold_back(outside, *outcome == wire::HostStation::Outcome::kHeldBack)
                            : Status(fail(outcome.error()));
  if (!minded) close_outside(outside, minded.error());
}

// While its wire is not ready for more a descriptor stays readable, and would keep the thread
// awake.
Status Rack::hold_back(Outside& outside, bool is_held_back) {
  if (is_held_back == outside.is_held_back) return {};
  outside.is_held_back = is_held_back;
  if (is_held_back) return epoll_.remove(outside.station->fd());
  const auto index = static_cast<std::uint64_t>(&outside - outsides_.data());
  return epoll_.add(outside.station->fd(), sys::Epoll::Interest::kRead, kFirstOutsideKey + index);
}

void Rack::close_outside(Outside& outside, const Error& error) {
  spdlog::error("{}; wire {} goes on without it", to_string(error),
                layout_.wires[outside.wire].name);
  wires_[outside.wire].wire->plug(outside.port, nullptr);
  outside.last_statistics = outside.station->statistics();
  outside.station.reset();  // the only descriptor of its file, so epoll forgets it
}

// The last turn may be a second ago: what the event brings comes now, and frames wait for the next
// turn, since a wire takes them at the time of its last run.
void Rack::on_ready(std::uint64_t key) {
  clock_.tick();
  if (key < bays_.size()) {
    bays_[key]->slot().on_ready();
  } else if (key >= kMaxNics && key - kMaxNics < accelerators_.size()) {
    accelerators_[key - kMaxNics]->slot().on_ready();
  } else if (key >= kFirstOutsideKey && key - kFirstOutsideKey < outsides_.size()) {
    outsides_[key - kFirstOutsideKey].is_readable = true;
  }
}

Rack::Turn Rack::run() {
  Turn turn;
  clock_.tick();
  run_wires(turn.due_ns);
  for (Outside& outside : outsides_)
    if (outside.is_readable || outside.is_held_back) read_outside(outside);
  update_links();
  for (const auto& bay : bays_) {
    gvnic::Gvnic& nic = bay->nic();
    const std::uint64_t doorbells = nic.doorbells_found();
    turn.work_left |= nic.run();
    turn.must_poll |= nic.must_be_polled();
    turn.found_doorbells |= nic.doorbells_found() != doorbells;
  }
  for (const auto& bay : accelerators_)
    turn.work_left |= bay->device().run();
  turn.due_ns.reset();
  run_wires(turn.due_ns);
  for (const auto& bay : bays_) {
    bay->nic().end_batch();
    make_earliest(turn.due_ns, bay->nic().due_ns());
  }
  mind_capture(turn);
  return turn;
}

// What was noted is on disk within kFlushNs, without a write for each turn.
void Rack::mind_capture(Turn& turn) {
  if (!capture_) return;
  if (const auto failure = capture_->take_failure()) spdlog::error("{}", to_string(*failure));
  if (capture_->frames() == flushed_frames_) {
    flushed_ns_ = clock_.now_ns();
    return;
  }
  if (clock_.now_ns() >= flushed_ns_ + kFlushNs) {
    capture_->flush();
    flushed_frames_ = capture_->frames();
    flushed_ns_ = clock_.now_ns();
  } else {
    make_earliest(turn.due_ns, flushed_ns_ + kFlushNs);
  }
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
      const gvnic::Gvnic& lit_by = is_cable ? laid.bays[1 - port]->nic() : bay->nic();
      bay->set_link(lit_by.is_running() && lit_by.has_cable());
    }
  }
}

ChassisStatistics Rack::statistics() {
  // A client may have come or gone since the last turn.
  update_links();
  ChassisStatistics all;
  for (const auto& bay : bays_)
    all.nics.push_back(bay->statistics());
  for (const auto& bay : accelerators_)
    all.accelerators.push_back(bay->statistics());
  for (const LaidWire& laid : wires_) {
    WireStatistics& one = all.wires.emplace_back();
    one.hosts.resize(laid.wire->ports());
    for (std::uint32_t port = 0; port < laid.wire->ports(); ++port) {
      one.impairments.push_back(laid.wire->impairments(port));
      one.ports.push_back(laid.wire->statistics(port));
    }
  }
  for (const Outside& outside : outsides_)
    all.wires[outside.wire].hosts[outside.port] =
        outside.station ? outside.station->statistics() : outside.last_statistics;
  if (capture_) all.capture = {.path = capture_path_, .frames = capture_->frames()};
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
  bays_[index]->nic().set_cable(up);
  return {};
}

std::unique_ptr<wire::Capture> Rack::capture_to(std::unique_ptr<wire::Capture> capture,
                                                std::filesystem::path path) {
  std::uint32_t first_interface = 0;
  for (const LaidWire& laid : wires_) {
    laid.wire->capture_to(capture.get(), first_interface);
    first_interface += laid.wire->ports();
  }
  capture_path_ = std::move(path);
  flushed_frames_ = 0;
  flushed_ns_ = clock_.now_ns();
  return std::exchange(capture_, std::move(capture));
}

std::vector<wire::CaptureInterface> capture_interfaces(const Layout& layout) {
  std::vector<wire::CaptureInterface> interfaces;
  for (const WireLayout& wire : layout.wires) {
    for (std::size_t port = 0; port < wire.stations.size(); ++port)
      interfaces.push_back(
          {.name = fmt::format("{}:{} {}", wire.name, port, to_string(wire.stations[port])),
           .rate_bits_per_s = wire.impairments.rate_bits_per_s});
  }
  return interfaces;
}

}  // namespace nobounce::emulator
