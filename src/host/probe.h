// SPDX-License-Identifier: Apache-2.0
// Probe: what the running kernel said when it was asked for one thing: yes, or what failed.
//
// Never a version: a distribution's kernel may have a thing early, late or not at all.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace nobounce::host {

/// A default-made one is "not asked", so that a probe that nobody made can't pass for a yes.
struct Probe {
  std::string failed = "not asked";  ///< The probe that failed, in words; empty: it worked.
  std::string fix{};                 ///< What the user can do about it; may be empty.

  [[nodiscard]] bool works() const { return failed.empty(); }

  static Probe yes() { return {.failed = {}, .fix = {}}; }
  static Probe no(std::string failed, std::string fix = {}) {
    return {.failed = std::move(failed), .fix = std::move(fix)};
  }
  /// The Error without its fix becomes `failed`.
  static Probe of(const Error& error) {
    Error without_fix = error;
    without_fix.fix.clear();
    return no(to_string(without_fix), error.fix);
  }
  static Probe of(const Status& status) { return status ? yes() : of(status.error()); }

  friend bool operator==(const Probe&, const Probe&) = default;
};

}  // namespace nobounce::host
