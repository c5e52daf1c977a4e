// SPDX-License-Identifier: Apache-2.0
#include "transfer/inbound.h"

#include <array>
#include <utility>

#include "host/judge.h"
#include "host/look.h"
#include "host/path_order.h"
#include "transfer/carrier.h"
#include "transfer/choosing.h"
#include "transfer/receive_way.h"
#include "transfer/trust.h"

namespace nobounce::transfer {
namespace {

Candidates candidates_for(const InboundOptions& options, const std::string& nic,
                          const memory::Region& region) {
  const std::array interfaces = {nic};
  const host::Snapshot snapshot = nic.empty() ? host::look({}) : host::look(interfaces);
  const auto verdicts = host::judge_receive(snapshot, {.interface = nic,
                                                       .provider = std::string(region.provider()),
                                                       .listen_port = options.listen.port,
                                                       .listen_address = options.listen.address,
                                                       .force = options.force});
  return candidates_by(verdicts, host::find_profile(snapshot, nic), &host::Profile::receive);
}

}  // namespace

Inbound::Inbound(std::string nic, Choice choice, std::unique_ptr<ReceiveWay> way,
                 sys::TcpListener listener)
    : nic_(std::move(nic)),
      choice_(std::move(choice)),
      way_(std::move(way)),
      listener_(std::move(listener)) {}
Inbound::Inbound(Inbound&&) noexcept = default;
Inbound::~Inbound() = default;

Result<Inbound> Inbound::open(const InboundOptions& options, memory::Region& region) {
  std::string nic = options.nic;
  NB_TRY(check_reachable(options.listen.address, nic));
  if (nic.empty()) {
    NB_ASSIGN(nic, interface_with(options.listen.address));
  }

  const auto open_way = [&](path::Path path) {
    return open_receive_way({.path = path,
                             .region = region,
                             .nic = nic == kLoopback ? std::string() : nic,
                             .listen = options.listen,
                             .queue = options.queue,
                             .queues = options.queues,
                             .niov_bytes = options.niov_bytes,
                             .tuning = options.tuning,
                             .max_connections = options.max_connections,
                             .force = options.force,
                             .stop_fd = options.stop_fd});
  };
  ChosenWay<ReceiveWay> chosen;
  if (options.path) {
    NB_TRY(check_carried(*options.path, nic));
    NB_ASSIGN(chosen.way, open_way(*options.path));
    chosen.choice = {.path = *options.path,
                     .kernel_copies = *options.path == path::Path::kCopy,
                     .passed_over = {}};
  } else {
    NB_ASSIGN(chosen, take_first<ReceiveWay>(candidates_for(options, nic, region), open_way));
  }

  if (!chosen.choice.kernel_copies) {
    chosen.choice.unverified = why_distrust(std::string(region.provider()), nic).value_or("");
  }
  sys::TcpOptions listening = chosen.way->listener_options();
  listening.interface = options.nic;
  listening.stop_fd = options.stop_fd;
  listening.timeout_ms = options.timeout_ms;
  NB_ASSIGN(auto listener, sys::TcpListener::open(options.listen, listening));
  return Inbound(std::move(nic), std::move(chosen.choice), std::move(chosen.way),
                 std::move(listener));
}

Result<InboundConnection> Inbound::accept() {
  NB_ASSIGN(sys::TcpSocket accepted, listener_->accept());
  auto socket = std::make_unique<sys::TcpSocket>(std::move(accepted));
  NB_TRY(socket->set_reset_on_close(true));
  NB_ASSIGN(auto receiver, way_->receiver(*socket));
  return InboundConnection(std::move(socket), std::move(receiver));
}

Figure<std::uint32_t> Inbound::queue() const {
  return way_->queue();
}

std::vector<std::string> Inbound::nic_changes() const {
  return way_->nic_changes();
}

sys::SyscallCounts Inbound::syscalls() const {
  return way_->syscalls();
}

void Inbound::time_syscalls(sys::SyscallTimes& times) {
  way_->time_syscalls(times);
}

Status Inbound::release() {
  listener_.reset();
  return way_->release();
}

}  // namespace nobounce::transfer
