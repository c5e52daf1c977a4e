// SPDX-License-Identifier: Apache-2.0
// A Figure as JSON: its value, or {"not_available": "<the probe that failed>"}. With this header
// included, `json["seconds"] = figure` does it, for every T that nlohmann's library can convert.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/figure.h"

namespace nobounce {

/// Found by nlohmann's library by argument, so it lives where Figure does. JSON has no infinity and
/// no NaN (the library would write null): such a value is not available either.
template <typename T>
void to_json(nlohmann::json& json, const Figure<T>& figure) {
  if (!figure.is_available()) {
    json = {{"not_available", figure.missing_probe()}};
    return;
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(figure.value())) {
      json = {{"not_available", "the value is not a finite number"}};
      return;
    }
  }
  json = figure.value();
}

}  // namespace nobounce
