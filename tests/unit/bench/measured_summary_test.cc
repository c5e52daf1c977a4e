// SPDX-License-Identifier: Apache-2.0
#include "bench/measured_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/merged_figures.h"
#include "report/figure_json.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(MergedFigures, MeansGoNumberByNumber) {
  const json mean = mean_of_trees({json::parse(R"({"cpu":0,"a":1,"list":[{"x":2}],"name":"eth0"})"),
                                   json::parse(R"({"cpu":0,"a":2,"list":[{"x":4}],"b":3})")});
  EXPECT_EQ(mean.at("cpu"), 0);
  EXPECT_EQ(mean.at("a"), 1.5);
  EXPECT_EQ(mean.at("b"), 1.5);  // It did not grow in the other.
  EXPECT_EQ(mean.at("list")[0].at("x"), 3.0);
  EXPECT_EQ(mean.at("name"), "eth0");
}

TEST(MergedFigures, WhatOneRunLacksIsMissing) {
  const json mean = mean_of_trees(
      {json::parse(R"({"a":{"b":1}})"), json::parse(R"({"a":{"not_available":"a probe"}})")});
  EXPECT_EQ(mean.at("a").at("not_available"), "a probe");
  EXPECT_TRUE(is_missing(mean_of_trees({json::parse("[1]"), json::parse("[1,2]")})));
}

TEST(MergedFigures, FiguresOfDifferentKindsHaveNoMean) {
  for (const json& other : {json("x"), json({1, 2}), json(7), json(true)}) {
    const json mean = mean_of_trees({json{{"tcp", {{"rtt_us", 1}}}}, json{{"tcp", other}}});
    EXPECT_THAT(mean.at("tcp").at("not_available").get<std::string>(), HasSubstr("kinds"));
  }
  EXPECT_EQ(mean_of_trees({json(1), json(2U), json(3.0)}), json(2.0));
}

TEST(MergedFigures, DistributionsAddUp) {
  const json empty = {{"count", 0}, {"sum", 0}, {"min", 0},
                      {"mean", 0},  {"max", 0}, {"histogram", json::array()}};
  const json merged =
      merged_distribution({distribution_of(4, 10, 30), empty, distribution_of(2, 10, 90)});
  EXPECT_EQ(merged.at("count"), 6);
  EXPECT_EQ(merged.at("min"), 10);  // Not the 0 of the run that received nothing.
  EXPECT_EQ(merged.at("max"), 90);
  EXPECT_NEAR(merged.at("mean").get<double>(), (80 + 100) / 6.0, 1e-9);
  ASSERT_EQ(merged.at("histogram").size(), 3u);
  EXPECT_EQ(merged.at("histogram")[0].at("count"), 3);  // Both have a bucket of 10.
}

TEST(MergedFigures, DeviationIsThatOfAllCalls) {
  // 1, 3 and 5, 7: means 2 and 6, each with a deviation of 1.
  const json merged =
      merged_syscalls({{{"read", calls_of(2, 1, 2, 3, 1)}},
                       {{"read", calls_of(2, 5, 6, 7, 1)}, {"poll", calls_of(1, 9, 9, 9, 0)}}});
  const json& read = merged.at("read");
  EXPECT_EQ(read.at("calls"), 4);
  EXPECT_EQ(read.at("errors"), 2);
  EXPECT_EQ(read.at("min_us"), 1.0);
  EXPECT_EQ(read.at("max_us"), 7.0);
  EXPECT_EQ(read.at("mean_us"), 4.0);
  EXPECT_NEAR(read.at("deviation_us").get<double>(), std::sqrt(5.0), 1e-9);
  EXPECT_EQ(merged.at("poll").at("calls"), 1);
}

std::vector<json> five_runs() {
  std::vector<json> runs;
  for (int round = 1; round <= 5; ++round)
    runs.push_back(a_run(1, round, 8, 0.25, 0.25));
  return runs;
}

TEST(MeasuredSummary, IsOfTheAveragedRuns) {
  const json summary = measured_summary_of(five_runs(), 1);
  const json& receiver = summary.at("receiver");
  EXPECT_EQ(receiver.at("syscalls").at("recvmsg").at("calls"), 60);  // Three runs of 20.
  EXPECT_EQ(receiver.at("frags_per_receive").at("count"), 60);
  EXPECT_EQ(receiver.at("power").at("watts"), 103.0);  // 102, 103, 104; the cores are within.
  EXPECT_EQ(receiver.at("threads").at("nobounce").at("system"), 50.0);
  EXPECT_EQ(receiver.at("idle_states")[1].at("states").at("C1").at("percent"), 25.0);
  EXPECT_EQ(receiver.at("idle_states")[1].at("states").at("C1").at("entries_per_second"), 100.0);
  EXPECT_EQ(receiver.at("page_pools").at("host").at("pools"), 2);
  EXPECT_EQ(receiver.at("page_pools").at("host").at("statistics").at("fast"), 200);
  EXPECT_EQ(receiver.at("queues").at("receive").at("rx_packets"), 40);
  EXPECT_EQ(receiver.at("tcp").at("rtt_us"), 250);
  EXPECT_EQ(receiver.at("token_returns").at("tokens_per_call").at("sum"), 3000);
  // Five calls of 20 µs for a thousand tokens.
  EXPECT_NEAR(receiver.at("token_returns").at("setsockopt_us_per_token").get<double>(), 0.1, 1e-9);
  EXPECT_EQ(summary.at("sender").at("token_returns").at("not_available"), "a sender has no tokens");
}

TEST(MeasuredSummary, WhatWasNotMeasuredSaysWhy) {
  std::vector<json> runs = five_runs();
  for (json& run : runs)
    run["receiver"]["measured"] = {{"not_available", "off"}};
  EXPECT_EQ(measured_summary_of(runs, 1).at("receiver").at("not_available"), "off");
  EXPECT_TRUE(is_missing(measured_summary_of({runs[0]}, 1).at("receiver")));
}

TEST(MeasuredStreams, CallsAddUpAndTheHostIsThatOfTheLongest) {
  const json one = measured_receiver(100, true);
  json other = measured_receiver(120, true);
  other["tcp"]["rtt_us"] = 350;
  const json measured = measured_of_streams({one, other}, 1);
  EXPECT_EQ(measured.at("syscalls").at("recvmsg").at("calls"), 40);
  EXPECT_EQ(measured.at("token_returns").at("ranges"), 50);
  EXPECT_EQ(measured.at("token_returns").at("tokens_per_call").at("count"), 10);
  EXPECT_EQ(measured.at("tcp").at("rtt_us"), 300.0);
  EXPECT_EQ(watts_in(measured.at("power")).value(), 120);
  EXPECT_EQ(measured_of_streams({one, {{"not_available", "off"}}}, 0).at("not_available"), "off");
}

TEST(MeasuredStreams, RefillRingIsThatOfAllTimes) {
  json one = measured_receiver(100, false);
  one["refill_depth"] = distribution_of(10, 0, 64);
  json other = one;
  other["refill_depth"] = distribution_of(4, 2, 100);
  const json depth = measured_of_streams({one, other}, 0).at("refill_depth");
  EXPECT_EQ(depth.at("count"), 14);
  EXPECT_EQ(depth.at("min"), 0);
  EXPECT_EQ(depth.at("max"), 100);
  one["refill_depth"] = {{"not_available", "this path has no refill ring"}};
  EXPECT_TRUE(measured_of_streams({one, other}, 0).at("refill_depth").contains("not_available"));
}

TEST(Watts, AreOfTheUsersCommandBeforeRapl) {
  json power = measured_host(100).at("power");
  EXPECT_EQ(watts_in(power).value(), 100);
  power["command"] = {{"command", {{"watts", 250.0}, {"samples", 3}}}};
  EXPECT_EQ(watts_in(power).value(), 250);
  power = {{"rapl", {{"not_available", "/sys/class/powercap is empty"}}},
           {"command", {{"not_available", "none"}}}};
  EXPECT_THAT(watts_in(power).missing_probe(), HasSubstr("powercap"));
  json of_bmc = power;  // Of the whole machine, where an idle run may have RAPL's.
  of_bmc["bmc"] = {{"dcmi", {{"watts", 320}, {"samples", 3}}}};
  EXPECT_FALSE(watts_in(of_bmc).is_available());
  power["rapl"] = {{"psys", {{"watts", 5}}}};
  EXPECT_FALSE(watts_in(power).is_available());
}

}  // namespace
}  // namespace nobounce::bench
