// SPDX-License-Identifier: Apache-2.0
#include "nic/receive_lease.h"

#include "nic/lease.h"
#include "nic/nic.h"
#include "nic/plan.h"

namespace nobounce::nic {

struct ReceiveLease::State {
  int ifindex;
  std::uint32_t queue;
  Lease lease;
};

ReceiveLease::ReceiveLease(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReceiveLease::ReceiveLease(ReceiveLease&&) noexcept = default;
ReceiveLease& ReceiveLease::operator=(ReceiveLease&&) noexcept = default;
ReceiveLease::~ReceiveLease() = default;

Result<ReceiveLease> ReceiveLease::take(const ReceiveRequest& request) {
  NB_ASSIGN(const NicState nic, look_at(request.interface));
  NB_ASSIGN(const Plan steps, plan(nic, request));
  NB_ASSIGN(auto control, open_control(nic.link));
  NB_ASSIGN(Lease lease, Lease::apply(std::move(control), steps, nic.link.name));
  return ReceiveLease(std::make_unique<State>(
      State{.ifindex = nic.link.ifindex, .queue = steps.queue, .lease = std::move(lease)}));
}

Status ReceiveLease::release() {
  return state_->lease.release();
}

int ReceiveLease::ifindex() const {
  return state_->ifindex;
}

std::uint32_t ReceiveLease::queue() const {
  return state_->queue;
}

std::vector<std::string> ReceiveLease::changes() const {
  return state_->lease.changes();
}

}  // namespace nobounce::nic
