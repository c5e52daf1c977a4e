// SPDX-License-Identifier: Apache-2.0
// A Figure as JSON: its value, or {"not_available": "<the probe that failed>"}. With this header
// included, `json["seconds"] = figure` does it, for every T that nlohmann's library can convert.
#pragma once

#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
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

/// The number that `path` leads to, or why there is none: the probe that an object on the way
/// names, or the name that was not there.
inline Figure<double> number_in(const nlohmann::json& object,
                                std::initializer_list<const char*> path) {
  const nlohmann::json* at = &object;
  const auto not_available = [](const nlohmann::json& json) -> const std::string* {
    const auto found = json.is_object() ? json.find("not_available") : json.end();
    const bool says = json.is_object() && found != json.end() && found->is_string();
    return says ? found->get_ptr<const std::string*>() : nullptr;
  };
  for (const char* name : path) {
    if (const auto* probe = not_available(*at)) return NotAvailable{*probe};
    if (!at->is_object() || !at->contains(name))
      return NotAvailable{std::string("no ") + name + " was recorded"};
    at = &at->at(name);
  }
  if (const auto* probe = not_available(*at)) return NotAvailable{*probe};
  if (!at->is_number()) return NotAvailable{"what was recorded is no number"};
  return at->get<double>();
}

}  // namespace nobounce
