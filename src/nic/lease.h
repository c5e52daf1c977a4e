// SPDX-License-Identifier: Apache-2.0
// Lease: what one process holds of a NIC, from taking it until it is put back.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nic/control.h"
#include "nic/journaled_nic.h"
#include "nic/plan.h"
#include "sys/file_lock.h"

namespace nobounce::nic {

using Planner = std::function<Result<Plan>(const NicState&)>;

/// Destruction undoes it. Move-only.
class Lease {
 public:
  /// Heals the NIC, plans from what is then found, and applies. Where a step fails, those before it
  /// are undone; the Error is that of the step, with what could not be undone added to its cause.
  static Result<Lease> take(std::unique_ptr<NicControl> control, LeasePlace place,
                            const Planner& planner);

  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  /// Undoes everything, also where one thing can't be undone. The Error lists what stays changed;
  /// what stays because others need it is a warning in the log. A second call does nothing.
  Status release();

  [[nodiscard]] const std::vector<std::uint32_t>& queues() const { return queues_; }
  /// What was changed, one line each, in order.
  [[nodiscard]] const std::vector<std::string>& changes() const { return changes_; }

 private:
  Lease(std::unique_ptr<NicControl> control, LeasePlace place)
      : control_(std::move(control)), place_(std::move(place)) {}
  void release_and_log() noexcept;

  std::unique_ptr<NicControl> control_;
  LeasePlace place_;
  OwnerId owner_ = 0;
  std::optional<sys::FileLock> alive_;
  std::vector<std::uint32_t> queues_;
  std::vector<std::string> changes_;
};

/// The same for an owner that stands until it is undone. Each stage is planned from what the one
/// before it has left.
Result<SetupResult> set_up(NicControl& control, const LeasePlace& place,
                           const std::vector<Planner>& stages);
/// Takes back all owners that stand.
Result<UndoResult> undo_setup(NicControl& control, const LeasePlace& place);

/// What could not be undone as an Error; nothing where all was.
Status as_status(const Undone& undone, const std::string& interface);

}  // namespace nobounce::nic
