// SPDX-License-Identifier: Apache-2.0
#include "report/latency_json.h"

#include <cmath>

#include "report/figure_json.h"

namespace nobounce::report {
namespace {

using nlohmann::json;

constexpr double kNsInUs = 1e3;

double us_of(std::uint64_t ns) {
  return static_cast<double>(ns) / kNsInUs;
}

std::uint64_t ns_of(const json& object, const char* name) {
  const Figure<double> us = number_in(object, {name});
  if (!us.is_available() || !(us.value() >= 0) || us.value() > 1e13) return 0;
  return static_cast<std::uint64_t>(std::llround(us.value() * kNsInUs));
}

std::uint64_t count_of(const json& object) {
  const json count = object.value("count", json());
  return count.is_number_unsigned() ? count.get<std::uint64_t>() : 0;
}

}  // namespace

Figure<double> quantile_us(const Latencies& latencies, double part) {
  return latencies.quantile(part).map(us_of);
}

json json_of(const Latencies& latencies) {
  json object = {{"count", latencies.count()},
                 {"min", us_of(latencies.min())},
                 {"mean", latencies.mean() / kNsInUs},
                 {"max", us_of(latencies.max())},
                 {"histogram", json::array()}};
  for (const Quantile& quantile : kQuantiles)
    object[quantile.name] = quantile_us(latencies, quantile.part);
  latencies.for_each_bucket([&](std::uint64_t least, std::uint64_t most, std::uint64_t count) {
    object["histogram"].push_back(
        {{"least", us_of(least)}, {"most", us_of(most)}, {"count", count}});
  });
  return object;
}

Latencies latencies_of(const json& object) {
  Latencies latencies;
  const json histogram =
      object.is_object() ? object.value("histogram", json::array()) : json::array();
  if (!histogram.is_array()) return latencies;
  for (const json& bucket : histogram) {
    if (bucket.is_object()) latencies.restore(ns_of(bucket, "least"), count_of(bucket));
  }
  if (latencies.count() > 0)
    latencies.restore_exact(ns_of(object, "min"), ns_of(object, "max"),
                            ns_of(object, "mean") * latencies.count());
  return latencies;
}

}  // namespace nobounce::report
