// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/bay.h"

#include <spdlog/spdlog.h>

namespace nobounce::emulator {

Result<std::unique_ptr<Bay>> Bay::open(const gvnic::GvnicOptions& options,
                                       const std::filesystem::path& socket, net::FrameSink& wire,
                                       const Clock& clock) {
  std::unique_ptr<Bay> bay(new Bay);
  NB_ASSIGN(bay->nic_,
            gvnic::Gvnic::create(options, {.memory = bay->memory_, .wire = wire, .clock = clock}));
  NB_ASSIGN(bay->server_, vfio_user::Server::open(socket, *bay->nic_, bay->memory_));
  return bay;
}

Status Bay::register_with(sys::Epoll& epoll, std::uint64_t key) {
  return server_->register_with(epoll, key);
}

void Bay::on_ready() {
  if (!server_) return;
  if (const Status status = server_->on_ready(); !status) {
    spdlog::error("{}", to_string(status.error()));
    last_statistics_ = server_->statistics();
    server_.reset();
  }
}

void Bay::set_link(bool up) {
  somebody_there_ = up;
  nic_->set_link_up(up);
}

NicStatistics Bay::statistics() const {
  return {.driver = nic_->driver_version(),
          .has_client = server_ && server_->has_client(),
          .driver_runs = nic_->is_running(),
          .has_cable = nic_->has_cable(),
          .has_link = somebody_there_ && nic_->has_cable(),
          .counters = nic_->statistics(),
          .server = server_ ? server_->statistics() : last_statistics_};
}

}  // namespace nobounce::emulator
