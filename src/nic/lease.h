// SPDX-License-Identifier: Apache-2.0
// Lease: a plan applied to a NIC, and undone in exact reverse.
//
// Several leases may hold queues of one NIC at once. A step that another queue still depends on is
// left as it is when its lease ends, rather than pulled from under its user.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "nic/control.h"
#include "nic/plan.h"

namespace nobounce::nic {

/// Owns the changes that it made and nothing else; destruction undoes them. Move-only.
class Lease {
 public:
  /// Applies the steps in order. Where one fails, those before it are undone; the Error is that of
  /// the step, with what could not be undone added to its cause. `interface` is for messages.
  static Result<Lease> apply(std::unique_ptr<NicControl> control, const Plan& plan,
                             std::string interface);

  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  /// Undoes everything, last change first, also where one can't be undone. The Error lists what
  /// stays changed; what stays because others need it is a warning in the log. A second call does
  /// nothing.
  Status release();

  /// What was changed, one line each, in order.
  [[nodiscard]] std::vector<std::string> changes() const;

 private:
  Lease(std::unique_ptr<NicControl> control, std::string interface)
      : control_(std::move(control)), interface_(std::move(interface)) {}
  void release_and_log() noexcept;

  std::unique_ptr<NicControl> control_;
  std::string interface_;
  std::vector<Step> applied_;
};

}  // namespace nobounce::nic
