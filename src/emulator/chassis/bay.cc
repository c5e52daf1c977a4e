// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/bay.h"

namespace nobounce::emulator {

Result<std::unique_ptr<Bay>> Bay::make(const gvnic::GvnicOptions& options, net::FrameSink& wire,
                                       const Clock& clock) {
  std::unique_ptr<Bay> bay(new Bay);
  NB_ASSIGN(bay->nic_, gvnic::Gvnic::create(
                           options, {.memory = bay->slot_.memory(), .wire = wire, .clock = clock}));
  return bay;
}

void Bay::set_link(bool up) {
  somebody_there_ = up;
  nic_->set_link_up(up);
}

NicStatistics Bay::statistics() const {
  return {.driver = nic_->driver_version(),
          .has_client = slot_.has_client(),
          .driver_runs = nic_->is_running(),
          .has_cable = nic_->has_cable(),
          .has_link = somebody_there_ && nic_->has_cable(),
          .dma_refused = slot_.memory().refused(),
          .counters = nic_->statistics(),
          .server = slot_.statistics()};
}

}  // namespace nobounce::emulator
