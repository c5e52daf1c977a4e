// SPDX-License-Identifier: Apache-2.0
#include "bench/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/compare.h"
#include "bench/in_lab.h"
#include "report/latency_json.h"
#include "unit/bench/bench_log.h"
#include "unit/report/golden_file.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Model : public testing::Test {
 protected:
  const json model = model_of(a_plan(), a_log());
  [[nodiscard]] const json& cell(std::size_t id) const { return model.at("cells").at(id); }
};

TEST_F(Model, IsAsItWas) {
  expect_golden("bench.json", model.dump(2) + "\n");
}

TEST_F(Model, WarmUpIsRecordedAndNotCounted) {
  EXPECT_EQ(cell(0).at("runs").size(), 6u);
  const json& throughput = cell(0).at("throughput_gbit_per_s");
  EXPECT_EQ(throughput.at("runs"), 5);
  EXPECT_EQ(throughput.at("averaged"), 3);
  EXPECT_NEAR(throughput.at("mean").get<double>(), 4 * 1.03, 1e-9);  // Rounds 2, 3 and 4.
}

TEST_F(Model, CpuIsThatOfTheHostsOwnCpus) {
  const json& cpu = cell(1).at("cpu_percent");
  EXPECT_EQ(cpu.at("busy").at("sides_are_of"), "cpus");
  EXPECT_NEAR(cpu.at("busy").at("sender").at("mean").get<double>(), 25 * 1.03, 1e-9);
  EXPECT_NEAR(cpu.at("busy").at("total").at("mean").get<double>(), 50 * 1.03, 1e-9);
  EXPECT_NEAR(cpu.at("sender_cpus").at("softirq").get<double>(), 25 * 1.03 / 4, 1e-9);
  EXPECT_NEAR(cpu.at("sender_cpus").at("iowait").get<double>(), 12.5, 1e-9);  // Not in busy.
}

TEST_F(Model, RoiIsOfMeans) {
  const double throughput = 8 * 1.03;
  EXPECT_NEAR(cell(1).at("roi").at("total").get<double>(), throughput * throughput / (50 * 1.03),
              1e-9);
}

TEST_F(Model, CallsAreForAGigabyte) {
  // The wobble is in the bytes: 4·(1+0.01·round) Gbit in each run of 20 calls.
  const double calls = cell(0).at("syscalls_per_gigabyte").at("receiver").at("recvmsg");
  EXPECT_NEAR(calls, 20 / (4e9 / 8 * 1.03) * 1e9, 0.05);
}

TEST_F(Model, WhatIperf3CantSayIsNotAvailable) {
  EXPECT_EQ(cell(2).at("cpu_percent").at("busy").at("sides_are_of"), "processes");
  EXPECT_NEAR(cell(2).at("cpu_percent").at("busy").at("sender").at("mean").get<double>(), 60, 1e-9);
  EXPECT_THAT(cell(2).at("roi").at("total").at("not_available").get<std::string>(),
              HasSubstr("iperf3 reports"));
}

TEST_F(Model, EveryCellSaysWhatBecameOfIt) {
  EXPECT_EQ(cell(0).at("status"), "measured");
  EXPECT_EQ(cell(3).at("status"), "unfinished");
  EXPECT_EQ(cell(3).at("reason"), "2 of 5 runs were made");
  EXPECT_EQ(cell(4).at("status"), "impossible");
  EXPECT_THAT(cell(4).at("reason").get<std::string>(), HasSubstr("MAX_SKB_FRAGS"));
  EXPECT_EQ(cell(5).at("status"), "failed");
  EXPECT_EQ(cell(5).at("reason"), "receiver: exited with status 1");
}

TEST_F(Model, VerdictsAreAgainstPlainSocketsAtTheSameSetting) {
  const json& verdicts = model.at("verdicts").at("against_baseline");
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].at("cell"), 1);
  EXPECT_EQ(verdicts[0].at("against"), 0);
  EXPECT_EQ(verdicts[0].at("words"),
            "devmem → devmem (GSO 64K) has 2.00× [2.00, 2.00] the throughput of copy → copy (GSO "
            "64K), at 0.25× [0.25, 0.25] the CPU a byte (5 pairs of runs: a first look, a claim "
            "wants 15)");
  EXPECT_THAT(verdicts[1].at("words").get<std::string>(),
              HasSubstr("no difference in throughput shown between iperf3 (GSO 64K) and copy"));
  EXPECT_THAT(verdicts[1].at("words").get<std::string>(), HasSubstr("its CPU can't be compared"));
}

TEST_F(Model, VerdictsByAxisCompareWithItsFirstValue) {
  const json& verdicts = model.at("verdicts").at("by_axis");
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].at("cell"), 3);
  EXPECT_EQ(verdicts[0].at("against"), 0);
  EXPECT_EQ(verdicts[0].at("axis"), "gso_max_bytes");
  EXPECT_EQ(verdicts[0].at("throughput").at("pairs"), 2);
}

TEST_F(Model, AnswersInThreeSentences) {
  ASSERT_EQ(model.at("answer").size(), 3u);
  EXPECT_THAT(model.at("answer")[0].get<std::string>(),
              HasSubstr("8.24 Gbit/s (8.16 to 8.32), by devmem → devmem"));
  EXPECT_THAT(model.at("answer")[1].get<std::string>(), HasSubstr("8.0 times that of copy → copy"));
  EXPECT_THAT(model.at("answer")[2].get<std::string>(),
              HasSubstr("3 of 6 cells were measured, with 5 interleaved runs each, 1 impossible, 1 "
                        "failed, 1 unfinished"));
}

TEST_F(Model, LineRateIsOfAllWiresAndWays) {
  EXPECT_THAT(cell(0).at("percent_of_line_rate").at("not_available").get<std::string>(),
              HasSubstr("the wires have no rate"));
  EXPECT_THAT(cell(0).at("fairness").at("not_available").get<std::string>(),
              HasSubstr("nobody to share with"));
  Plan plan = a_plan();
  plan.matrix_text =
      "seconds = 1\nversus = []\n[lab]\nwire-rate = \"1G\"\n[axes]\n"
      "paths = [{ tx = \"copy\", rx = \"copy\" }]\ncpus = [1]\nnic-pairs = [4]\n"
      "direction = [\"both\"]\n";
  plan.matrix = parse_matrix(plan.matrix_text, "test.toml").value();
  std::vector<json> lines = {a_log().front()};
  for (int round = 0; round <= 5; ++round) {
    lines.push_back(a_run(0, round, 7.6, 0.5, 0.5));
    lines.back()["fairness"] = 0.99;
  }
  const json rated = model_of(plan, lines);
  const json& both = rated.at("cells").at(0);
  EXPECT_NEAR(both.at("percent_of_line_rate").at("mean").get<double>(), 95, 1e-9);
  EXPECT_NEAR(both.at("fairness").at("mean").get<double>(), 0.99, 1e-9);
  EXPECT_EQ(both.at("cpu_percent").at("busy").at("sides_are_of"), "processes");
  EXPECT_THAT(rated.at("answer")[0].get<std::string>(), HasSubstr("95.0% of the wires' line rate"));
}

TEST_F(Model, LatencyIsOfEachRunAndItsCurveOfAll) {
  Plan plan = a_plan();
  plan.matrix_text =
      "seconds = 1\nversus = []\n[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\n"
      "load = [\"request-response\"]\nmessage-size = [\"64K\"]\n";
  plan.matrix = parse_matrix(plan.matrix_text, "test.toml").value();
  std::vector<json> lines = {a_log().front()};
  for (int round = 0; round <= 5; ++round) {
    Latencies latencies;
    for (std::uint64_t i = 1; i <= 200; ++i)
      latencies.add(i * 1000 * (static_cast<std::uint64_t>(round) + 1));
    lines.push_back(a_run(0, round, 1, 0.5, 0.5));
    lines.back()["latency_us"] = report::json_of(latencies);
  }
  const json latency = model_of(plan, lines).at("cells").at(0).at("latency_us");
  // Rounds 2, 3 and 4 are averaged; the curve is of all that count, 1000 requests.
  EXPECT_NEAR(latency.at("p50").at("mean").get<double>(), 400, 7);
  EXPECT_NEAR(latency.at("max").at("mean").get<double>(), 800, 0.01);
  EXPECT_THAT(latency.at("p99_9").at("not_available").get<std::string>(), HasSubstr("too few"));
  EXPECT_EQ(latency.at("requests"), 1000);
  EXPECT_EQ(latency.at("curve").back().at("percent"), 99.9);
  EXPECT_THAT(cell(0).at("latency_us").at("not_available").get<std::string>(),
              HasSubstr("nothing is answered"));
}

TEST_F(Model, BenchThatHasNotBegunIsTold) {
  const json empty = model_of(a_plan(), {});
  EXPECT_EQ(empty.at("cells").size(), 6u);
  EXPECT_EQ(empty.at("cells")[0].at("status"), "unfinished");
  EXPECT_THAT(empty.at("answer")[0].get<std::string>(), HasSubstr("No way"));
}

TEST_F(Model, ComparisonPairsTheSameCellsAndSaysWhatDiffers) {
  std::vector<json> lines = a_log();
  lines[0]["kernel"] = "6.12";
  lines[0]["sysctls"]["net.core.rmem_max"] = "212992";
  lines[2]["receiver"]["rx-gro-hw"] = "off";
  const json comparison = compare(model, "new", model_of(a_plan(), lines), "old");
  ASSERT_EQ(comparison.at("verdicts").size(), 3u);
  EXPECT_EQ(comparison.at("cells").size(), 3u);
  EXPECT_THAT(comparison.at("summary").get<std::string>(),
              HasSubstr("3 cells were measured in both: 0 faster in new, 0 slower, 3 without"));
  EXPECT_THAT(comparison.at("summary").get<std::string>(), HasSubstr("not interleaved"));
  EXPECT_THAT(
      comparison.at("differences"),
      testing::ElementsAre("kernel: 7.3.4 and 6.12", "net.core.rmem_max: 268435456 and 212992",
                           "receiver's rx-gro-hw: on and off (in copy → copy (GSO 64K))"));
  EXPECT_TRUE(comparison.at("lacking").empty());
}

TEST_F(Model, ComparisonSaysWhatOneOfTheTwoLacks) {
  std::vector<json> lines = a_log();
  std::erase_if(lines, [](const json& line) { return line.value("cell", 9) == 1; });
  for (int round = 0; round < 2; ++round)
    lines.push_back({{"kind", "run"},
                     {"cell", 1},
                     {"round", round},
                     {"warm_up", round == 0},
                     {"error", "receiver: header split is off, and can't be set"}});
  const json comparison = compare(model, "new", model_of(a_plan(), lines), "old");
  EXPECT_EQ(comparison.at("verdicts").size(), 2u);
  EXPECT_THAT(comparison.at("lacking"),
              testing::ElementsAre("devmem → devmem (GSO 64K): measured in new, failed (receiver: "
                                   "header split is off, and can't be set) in old"));
}

TEST(BenchProgress, SettledIsWhatRanOrCantOrFailsAgainAndAgain) {
  const Progress progress(a_log());
  EXPECT_TRUE(progress.is_settled(0, 5));
  EXPECT_TRUE(progress.is_settled(3, 2));
  EXPECT_FALSE(progress.is_settled(3, 3));
  EXPECT_TRUE(progress.is_settled(4, 3));
  EXPECT_TRUE(progress.is_settled(5, 4));
}

TEST(BenchProgress, OneFailureIsTriedAgain) {
  Progress progress({});
  progress.note({{"kind", "run"}, {"cell", 1}, {"round", 0}, {"error", "x"}});
  EXPECT_FALSE(progress.is_settled(1, 1));
  progress.note({{"kind", "run"}, {"cell", 1}, {"round", 1}});
  progress.note({{"kind", "run"}, {"cell", 1}, {"round", 2}, {"error", "x"}});
  EXPECT_FALSE(progress.is_settled(1, 3));
}

TEST(BenchProgress, FinishedOnlyWhenNoTurnIsLeft) {
  std::vector<json> lines = a_log();
  EXPECT_FALSE(is_finished(a_plan(), lines));
  for (int round = 3; round <= 5; ++round)
    lines.push_back(a_run(3, round, 5, 0.5, 0.5));
  EXPECT_TRUE(is_finished(a_plan(), lines));
}

}  // namespace
}  // namespace nobounce::bench
