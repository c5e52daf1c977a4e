// SPDX-License-Identifier: Apache-2.0
#include "nic/lease.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "sys/message_log.h"

namespace nobounce::nic {
namespace {

/// Undoes an owner whose plan failed, and says in its error what stays.
Error give_up(JournaledNic& nic, OwnerId owner, Error error, const std::string& interface) {
  if (const Status undone = as_status(nic.undo(owner), interface); !undone) {
    error.cause += "; " + undone.error().cause;
  }
  return error;
}

}  // namespace

Status as_status(const Undone& undone, const std::string& interface) {
  if (undone.stuck.empty()) return {};
  Error error = undone.first_error;
  error.operation = "restore";
  error.object = interface;
  error.cause = fmt::format("could not be undone: {}", fmt::join(undone.stuck, "; "));
  return fail(std::move(error));
}

Result<Lease> Lease::take(std::unique_ptr<NicControl> control, LeasePlace place,
                          const Planner& planner) {
  Lease lease(std::move(control), std::move(place));
  NB_ASSIGN(JournaledNic nic, JournaledNic::open(*lease.control_, lease.place_));
  NB_ASSIGN(const NicState found, nic.look());
  NB_ASSIGN(const Plan plan, planner(found));
  NB_ASSIGN(const OwnerId owner, nic.add_process(lease.alive_));
  if (Status applied = nic.apply(owner, plan, lease.changes_); !applied) {
    return fail(give_up(nic, owner, std::move(applied).error(), lease.place_.interface));
  }
  lease.owner_ = owner;
  lease.queues_ = plan.queues;
  return lease;
}

Lease::Lease(Lease&& other) noexcept
    : control_(std::move(other.control_)),
      place_(std::move(other.place_)),
      owner_(std::exchange(other.owner_, 0)),
      alive_(std::exchange(other.alive_, std::nullopt)),
      queues_(std::move(other.queues_)),
      changes_(std::move(other.changes_)) {}

Status Lease::release() {
  if (owner_ == 0) return {};
  const OwnerId owner = std::exchange(owner_, 0);
  // Once it is unlocked whoever comes next takes care of what stays.
  const auto unlock = std::exchange(alive_, std::nullopt);
  NB_ASSIGN(JournaledNic nic, JournaledNic::open(*control_, place_));
  if (!nic.has_owner(owner))
    return {};  // Somebody removed the journal: nothing tells what to undo.
  return as_status(nic.undo(owner), place_.interface);
}

void Lease::release_and_log() noexcept {
  if (const Status undone = release(); !undone) {
    sys::message_log()->error("{}", to_string(undone.error()));
  }
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release_and_log();
    control_ = std::move(other.control_);
    place_ = std::move(other.place_);
    owner_ = std::exchange(other.owner_, 0);
    alive_ = std::exchange(other.alive_, std::nullopt);
    queues_ = std::move(other.queues_);
    changes_ = std::move(other.changes_);
  }
  return *this;
}

Lease::~Lease() {
  release_and_log();
}

Result<SetupResult> set_up(NicControl& control, const LeasePlace& place,
                           const std::vector<Planner>& stages) {
  NB_ASSIGN(JournaledNic nic, JournaledNic::open(control, place));
  OwnerId owner = 0;
  SetupResult result;
  for (const Planner& planner : stages) {
    NB_ASSIGN(const NicState found, nic.look());
    auto plan = planner(found);
    if (plan && owner == 0) {
      NB_ASSIGN(owner, nic.add_standing());
    }
    Status applied;
    if (plan) {
      applied = nic.apply(owner, *plan, result.changes);
    } else {
      applied = fail(std::move(plan).error());
    }
    if (!applied && owner != 0) {
      return fail(give_up(nic, owner, std::move(applied).error(), place.interface));
    }
    NB_TRY(applied);
    result.queues = plan->queues;
  }
  return result;
}

Result<UndoResult> undo_setup(NicControl& control, const LeasePlace& place) {
  NB_ASSIGN(JournaledNic nic, JournaledNic::open(control, place));
  Undone all = nic.healed();
  const std::vector<Owner> owners = nic.journal().owners;
  for (auto owner = owners.rbegin(); owner != owners.rend(); ++owner) {
    if (owner->kind != Owner::Kind::kStanding) continue;
    add_to(all, nic.undo(owner->id));
  }
  NB_TRY(as_status(all, place.interface));
  UndoResult result{.undone = std::move(all.changes), .in_use = std::move(all.kept)};
  for (const Owner& owner : nic.journal().owners) {
    result.in_use.push_back(fmt::format("process {} receives on queues {}", owner.process.pid,
                                        fmt::join(owner.queues, ",")));
  }
  return result;
}

}  // namespace nobounce::nic
