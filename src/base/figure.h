// SPDX-License-Identifier: Apache-2.0
// Figure<T>: a measured value, or the probe that could not give it. The project's one way to say
// that a figure is missing: never 0, never an estimate. In JSON: {"not_available": "<the probe>"}.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/result.h"

namespace nobounce {

/// Why a figure is missing: the probe that failed, e.g. "open /proc/stat: Permission denied".
struct NotAvailable {
  std::string probe;
};

/// A value or a NotAvailable. A default-made one is "not measured", so that a figure that nobody
/// filled in can't pass for 0.
template <typename T>
class Figure {
 public:
  Figure() : Figure(NotAvailable{"not measured"}) {}
  Figure(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Figure(NotAvailable missing)                   // NOLINT(google-explicit-constructor)
      : value_(tl::unexpected<NotAvailable>(std::move(missing))) {}
  /// The value of `result`, or its Error as the probe that failed.
  Figure(Result<T> result)  // NOLINT(google-explicit-constructor)
      : value_(std::move(result).map_error(
            [](const Error& error) { return NotAvailable{to_string(error)}; })) {}

  [[nodiscard]] bool is_available() const { return value_.has_value(); }
  /// The value; only where is_available().
  [[nodiscard]] const T& value() const { return *value_; }
  /// The probe that failed; only where not is_available().
  [[nodiscard]] const std::string& missing_probe() const { return value_.error().probe; }

  /// A figure derived from this one: `derive(value())`, or missing for the same reason.
  template <typename Derive>
  [[nodiscard]] auto map(Derive&& derive) const
      -> Figure<decltype(std::forward<Derive>(derive)(std::declval<const T&>()))> {
    if (!is_available()) return value_.error();
    return std::forward<Derive>(derive)(*value_);
  }

 private:
  tl::expected<T, NotAvailable> value_;
};

}  // namespace nobounce
