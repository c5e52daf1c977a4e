// SPDX-License-Identifier: Apache-2.0
#include "serve/service.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "serve/directory.h"
#include "serve/nics_json.h"
#include "sys/private_directory.h"
#include "sys/readiness.h"
#include "sys/steady_clock.h"

namespace nobounce::serve {
namespace {

using nlohmann::json;

std::string line_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::uint64_t until(const Clock& clock, std::uint64_t then_ns) {
  const std::uint64_t now_ns = clock.now_ns();
  return then_ns > now_ns ? then_ns - now_ns : 0;
}

}  // namespace

Result<Service> Service::start(const emulator::Layout& layout) {
  NB_TRY(check(layout));
  NB_TRY(sys::claim_private_directory(layout.socket_directory));
  NB_ASSIGN(ControlSocket control, ControlSocket::open(control_socket_of(layout.socket_directory)));
  NB_ASSIGN(auto chassis, emulator::Chassis::start(layout));
  return Service(layout, std::move(control), std::move(chassis));
}

json Service::state() const {
  return to_json(layout_, chassis_->statistics());
}

Status Service::run(int stop_fd, std::optional<std::chrono::milliseconds> period,
                    const std::function<void()>& tick) {
  const sys::SteadyClock clock;
  const std::uint64_t period_ns =
      period ? static_cast<std::uint64_t>(std::chrono::nanoseconds(*period).count()) : 0;
  std::uint64_t tick_ns = clock.now_ns() + period_ns;
  std::vector<pollfd> entries;
  for (;;) {
    entries = {{.fd = stop_fd, .events = POLLIN, .revents = 0}};
    control_.add_to(entries);
    std::optional<std::chrono::milliseconds> patience;
    // Rounded up, so as not to look a moment too early.
    if (period) patience = std::chrono::milliseconds(until(clock, tick_ns) / 1'000'000 + 1);
    NB_TRY(sys::wait_ready(entries, patience));
    if (entries[0].revents != 0) return {};
    NB_TRY(control_.handle(std::span(entries).subspan(1),
                           [this](std::string_view line) { return answer(line); }));
    if (period && until(clock, tick_ns) == 0) {
      tick_ns = clock.now_ns() + period_ns;
      tick();
    }
  }
}

std::string Service::answer(std::string_view line) {
  const auto request = parse_request(line);
  if (!request) return line_of(error_json(request.error()));
  return std::visit(
      [this](const auto& one) {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, AskStatistics>) {
          return line_of(state());
        } else {
          const Status done = obey(one);
          return line_of(done ? done_json() : error_json(done.error()));
        }
      },
      *request);
}

// Only this thread changes impairments, so what was read is still so when it is written.
Status Service::obey(const SetWire& set) {
  const auto& wires = layout_.wires;
  const auto found = std::ranges::find(wires, set.wire, &emulator::WireLayout::name);
  // A name that is not there is the chassis's to refuse, and so is a port.
  if (found == wires.end()) return chassis_->set_impairments(set.wire, set.port, {});
  const auto ports =
      chassis_->statistics().wires[static_cast<std::size_t>(found - wires.begin())].impairments;
  if (set.port && *set.port >= ports.size())
    return chassis_->set_impairments(set.wire, set.port, {});
  const std::uint32_t first = set.port.value_or(0);
  std::vector<emulator::wire::Impairments> wanted(
      ports.begin() + first, set.port ? ports.begin() + first + 1 : ports.end());
  // All are checked before the first is set: a port that can't take the change leaves the others
  // as they are.
  for (emulator::wire::Impairments& one : wanted) {
    set.change.apply_to(one);
    NB_TRY(emulator::wire::check(one));
  }
  for (std::uint32_t i = 0; i < wanted.size(); ++i)
    NB_TRY(chassis_->set_impairments(set.wire, first + i, wanted[i]));
  return {};
}

Status Service::obey(const SetLink& set) {
  return chassis_->set_link(set.nic, set.up);
}

Status Service::obey(const SetCapture& set) {
  if (!set.file.empty()) return chassis_->start_capture(set.file);
  chassis_->stop_capture();
  return {};
}

}  // namespace nobounce::serve
