// SPDX-License-Identifier: Apache-2.0
#include "report/latency_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "report/latency_chart.h"

namespace nobounce::report {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(LatencyJson, IsReadBackAsItWas) {
  Random random(5);
  Latencies latencies;
  for (int i = 0; i < 3000; ++i)
    latencies.add(random.below(50'000'000));
  const json object = json_of(latencies);
  EXPECT_EQ(object.at("count"), 3000);
  EXPECT_TRUE(object.at("p99_9").is_number());
  const json again = json_of(latencies_of(object));
  for (const char* name : {"count", "min", "max", "p50", "p90", "p99", "p99_9", "histogram"})
    EXPECT_EQ(again.at(name), object.at(name)) << name;
  EXPECT_NEAR(again.at("mean").get<double>(), object.at("mean").get<double>(), 0.001);
}

TEST(LatencyJson, WhatIsNoneHasNothing) {
  EXPECT_EQ(latencies_of(json()).count(), 0u);
  EXPECT_EQ(latencies_of({{"not_available", "x"}}).count(), 0u);
  EXPECT_EQ(latencies_of({{"histogram", 3}}).count(), 0u);
  EXPECT_EQ(latencies_of({{"histogram", {1, {{"least", -1}, {"count", -5}}}}}).count(), 0u);
}

TEST(LatencyChart, TailHasItsRoomAndCurvesOfOneColourDiffer) {
  const std::string svg = svg_of_latencies(
      {{.label = "a <way>", .style = "devmem", .points = {{50, 100}, {90, 200}, {99, 4000}}},
       {.label = "b", .style = "devmem", .points = {{50, 110}, {90, 210}, {99, 4100}}}});
  EXPECT_THAT(svg, HasSubstr("99%"));
  EXPECT_THAT(svg, HasSubstr("a &lt;way&gt;"));
  EXPECT_THAT(svg, HasSubstr("stroke-dasharray:none"));
  EXPECT_THAT(svg, HasSubstr("stroke-dasharray:6 4"));
  EXPECT_THAT(svg, HasSubstr("10 ms"));
}

}  // namespace
}  // namespace nobounce::report
