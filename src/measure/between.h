// SPDX-License-Identifier: Apache-2.0
// Figures of two moments and of several intervals: once a part is missing, the whole is, for the
// reason of the first that was.
#pragma once

#include "base/counters.h"
#include "base/figure.h"

namespace nobounce::measure {

/// subtract(before, after), or missing for the reason of the first of the two that is.
template <typename T, typename Subtract>
auto between(const Figure<T>& before, const Figure<T>& after, Subtract&& subtract)
    -> Figure<decltype(subtract(before.value(), after.value()))> {
  if (!before.is_available()) return NotAvailable{before.missing_probe()};
  return after.map([&](const T& end) { return subtract(before.value(), end); });
}

/// The same where the difference itself may be missing.
template <typename T, typename Subtract>
auto between_if(const Figure<T>& before, const Figure<T>& after, Subtract&& subtract)
    -> decltype(subtract(before.value(), after.value())) {
  if (!before.is_available()) return NotAvailable{before.missing_probe()};
  if (!after.is_available()) return NotAvailable{after.missing_probe()};
  return subtract(before.value(), after.value());
}

/// Adds `part` to `total`, which must have begun as a value.
template <typename T>
void add_figure(Figure<T>& total, const Figure<T>& part) {
  if (!total.is_available()) return;
  if (!part.is_available()) {
    total = NotAvailable{part.missing_probe()};
    return;
  }
  using nobounce::add;  // For counters; what this room adds itself is found by the argument.
  T sum = total.value();
  add(sum, part.value());
  total = std::move(sum);
}

}  // namespace nobounce::measure
