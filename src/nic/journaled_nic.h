// SPDX-License-Identifier: Apache-2.0
// JournaledNic: a NIC whose changes are written down before they are made, and undone from what is
// written.
//
// It is opened for one piece of work and holds the NIC's guard meanwhile, so that two processes
// never plan from the same state. Opening it heals: what processes that died have left is undone
// first. Every undo compares the NIC with the journal and touches only what is still as the journal
// says it was made; so undoing is right after a crash at any point, and harmless when repeated.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "nic/control.h"
#include "nic/journal_file.h"
#include "nic/plan.h"
#include "nic/rss.h"

namespace nobounce::nic {

/// Which NIC, and where its journal is.
struct LeasePlace {
  NicIdentity nic;
  std::string interface;  ///< For messages.
  std::string directory;
  /// How long to wait for the kernel to unbind the queues of a process that has just died.
  int unbind_timeout_ms = 2000;
};

/// The place of an interface of this network namespace.
Result<LeasePlace> place_of(const netlink::Link& link, const std::string& directory);

/// What undoing came to.
struct Undone {
  std::vector<std::string> changes;  ///< What was put back, one line each.
  std::vector<std::string> kept;     ///< What stays, since somebody needs it.
  std::vector<std::string> stuck;    ///< What could not be put back, with the reason.
  Error first_error;                 ///< Of what is stuck.
};

/// Adds what undoing one more owner came to. What is kept is as the last one found it.
void add_to(Undone& all, Undone more);

class JournaledNic {
 public:
  /// `control` must outlive it. Errors: those of JournalFile. What can't be healed is logged.
  static Result<JournaledNic> open(NicControl& control, const LeasePlace& place);

  /// The NIC with what our leases have of it filled in.
  Result<NicState> look();

  /// An owner that lives as long as `lock`, which is this process'.
  Result<OwnerId> add_process(std::optional<sys::FileLock>& lock);
  /// An owner that lives until it is undone.
  Result<OwnerId> add_standing();

  /// Makes a plan so for an owner. Lines for what was changed go to `changes`. Where a step fails
  /// the steps before it stand: the caller undoes the owner.
  Status apply(OwnerId owner, const Plan& plan, std::vector<std::string>& changes);

  /// Takes back what the owner has. An owner whose rules can't be removed stays in the journal.
  Undone undo(OwnerId owner);
  [[nodiscard]] const Journal& journal() const { return journal_; }
  [[nodiscard]] bool has_owner(OwnerId id) { return journal_.find_owner(id) != nullptr; }
  /// What healing came to when it was opened.
  [[nodiscard]] const Undone& healed() const { return healed_; }

 private:
  JournaledNic(NicControl& control, const LeasePlace& place, JournalFile file)
      : control_(control), place_(place), file_(std::move(file)) {}

  Result<OwnerId> add_owner(Owner::Kind kind, std::optional<sys::FileLock>* lock);
  Status heal();
  Status wait_until_unbound(const Owner& owner);
  Status save() { return file_.write(journal_); }

  Status apply_wish(OwnerId owner, const Wish& wish, std::vector<std::string>& changes);
  Status use_setting(ChangedSetting& setting, OwnerId owner, const Wish& wish, const Value& now);
  Status change_setting(OwnerId owner, const Wish& wish, const Value& now,
                        std::vector<std::string>& changes);
  Status make_context(Owner& owner, const Plan& plan);
  Status insert_rule(Owner& owner, const PlannedRule& planned);
  Status follow_channels(std::uint64_t former_queues, std::vector<std::string>& changes);
  Status settle_rss(std::vector<std::string>& changes);

  void remove_rules(Owner& owner, Undone& undone);
  Status remove_rule(const OwnedRule& owned, std::vector<std::string>& changes);
  void hand_over_rules(Owner& owner);
  Status remove_context(Owner& owner);
  void settle_settings(Undone& undone);
  Result<bool> restore_setting(const ChangedSetting& setting, Undone& undone);

  NicControl& control_;
  LeasePlace place_;
  JournalFile file_;
  Journal journal_;
  Undone healed_;
};

}  // namespace nobounce::nic
