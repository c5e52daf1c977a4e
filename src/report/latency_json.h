// SPDX-License-Identifier: Apache-2.0
// Latencies as JSON, in microseconds: docs/json.md, `latency_us`.
#pragma once

#include <array>
#include <nlohmann/json.hpp>

#include "base/latencies.h"

namespace nobounce::report {

struct Quantile {
  const char* name;   ///< In JSON.
  const char* words;  ///< For people.
  double part;
};
inline constexpr std::array kQuantiles = {Quantile{"p50", "p50", 0.5}, Quantile{"p90", "p90", 0.9},
                                          Quantile{"p99", "p99", 0.99},
                                          Quantile{"p99_9", "p99.9", 0.999}};

/// In microseconds.
Figure<double> quantile_us(const Latencies& latencies, double part);

nlohmann::json json_of(const Latencies& latencies);
/// Again; nothing of what is no such object. Exact but for the order within a bucket.
Latencies latencies_of(const nlohmann::json& object);

}  // namespace nobounce::report
