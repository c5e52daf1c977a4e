// SPDX-License-Identifier: Apache-2.0
#include "nic/receive_lease.h"

#include "nic/lease.h"
#include "nic/plan.h"

namespace nobounce::nic {

struct ReceiveLease::State {
  int ifindex;
  Lease lease;
};

ReceiveLease::ReceiveLease(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReceiveLease::ReceiveLease(ReceiveLease&&) noexcept = default;
ReceiveLease& ReceiveLease::operator=(ReceiveLease&&) noexcept = default;
ReceiveLease::~ReceiveLease() = default;

Result<ReceiveLease> ReceiveLease::take(const ReceiveRequest& request) {
  NB_ASSIGN(const NicState found, look_at(request.interface));
  // What can never work is said to whoever asks. The rest is judged once the NIC is healed.
  if (const auto early = plan(found, request);
      !early &&
      (early.error().code == Code::kUnsupported || early.error().code == Code::kInvalidArgument)) {
    return fail(early.error());
  }
  NB_ASSIGN(auto control, open_control(found.link));
  NB_ASSIGN(LeasePlace place, place_of(found.link, request.journal_directory));
  const Planner planner = [&request](const NicState& nic) { return plan(nic, request); };
  NB_ASSIGN(Lease lease, Lease::take(std::move(control), std::move(place), planner));
  return ReceiveLease(
      std::make_unique<State>(State{.ifindex = found.link.ifindex, .lease = std::move(lease)}));
}

Status ReceiveLease::release() {
  return state_->lease.release();
}

int ReceiveLease::ifindex() const {
  return state_->ifindex;
}

std::span<const std::uint32_t> ReceiveLease::queues() const {
  return state_->lease.queues();
}

std::uint32_t ReceiveLease::queue() const {
  return state_->lease.queues().front();
}

const std::vector<std::string>& ReceiveLease::changes() const {
  return state_->lease.changes();
}

}  // namespace nobounce::nic
