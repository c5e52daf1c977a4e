// SPDX-License-Identifier: Apache-2.0
// The model of a bench between two machines: whose CPUs are whose, and what is added up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/model.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::vector<json> a_log_of_two() {
  std::vector<json> lines;
  for (json line : a_log()) {
    if (line.at("kind") == "lab") continue;
    if (line.at("kind") == "session") {
      line.update({{"usable_cpus", {0u, 1u}},
                   {"near_cpus", {0u, 1u}},
                   {"nics", json::array({{{"interface", "eth1"}, {"speed_mbps", 10000u}}})},
                   {"clock", {{"ahead_ns", 1500}, {"error_ns", 20}, {"round_trip_ns", 38}}},
                   {"peer",
                    {{"kernel", "7.3.5"},
                     {"cpus", 2},
                     {"usable_cpus", {0u, 1u}},
                     {"near_cpus", {1u, 0u}},
                     {"nics", json::array({{{"interface", "eth2"}, {"speed_mbps", 25000u}}})}}}});
    }
    if (line.at("kind") == "run") line["machines"] = 2;
    lines.push_back(std::move(line));
  }
  return lines;
}

TEST(ModelOfTwoMachines, AddsUpBothMachines) {
  const json lab = model_of(a_plan(), a_log());
  const json two = model_of(a_plan(), a_log_of_two());
  const auto mean = [](const json& model, const char* who) {
    return model.at("cells")[1].at("cpu_percent").at("busy").at(who).at("mean").get<double>();
  };
  // In this log each side says that its machine did what both hosts of the lab did.
  EXPECT_NEAR(mean(two, "total"), 2 * mean(lab, "total"), 1e-9);
  EXPECT_NEAR(two.at("cells")[1].at("cpu_seconds_per_gigabyte").at("mean").get<double>(),
              2 * lab.at("cells")[1].at("cpu_seconds_per_gigabyte").at("mean").get<double>(), 1e-9);
}

TEST(ModelOfTwoMachines, TakesEachHostsOwnCpus) {
  const json two = model_of(a_plan(), a_log_of_two());
  const json& busy = two.at("cells")[1].at("cpu_percent").at("busy");
  EXPECT_EQ(busy.at("sides_are_of"), "cpus");
  EXPECT_NEAR(busy.at("sender").at("mean").get<double>(), 25 * 1.03, 1e-9);    // Its CPU 0.
  EXPECT_NEAR(busy.at("receiver").at("mean").get<double>(), 25 * 1.03, 1e-9);  // Its CPU 1.
}

TEST(ModelOfTwoMachines, TakesEachHostsOwnReadings) {
  // Both were given a CPU number 0 or 1 of their own.
  const json two = model_of(a_plan(), a_log_of_two());
  const json& cores = two.at("cells")[1].at("cpu_by_core");
  ASSERT_EQ(cores.size(), 2u);
  EXPECT_EQ(cores[0].at("of"), "sender");
  EXPECT_EQ(cores[0].at("cpu"), 0);
  EXPECT_EQ(cores[1].at("of"), "receiver");
  EXPECT_EQ(cores[1].at("cpu"), 1);
  EXPECT_GT(cores[0].at("system").get<double>(), 0);
  EXPECT_GT(cores[1].at("system").get<double>(), 0);
}

TEST(ModelOfTwoMachines, RunThatCouldNotReadItsCpusSpoilsNothing) {
  const json missing = {{"not_available", "/proc/stat could not be read"}};
  std::vector<json> lines = a_log_of_two();
  for (json& line : lines) {
    if (line.at("kind") == "run" && line.value("round", 0) == 3 && line.contains("sender"))
      line["sender"]["host_cpu_seconds_by_cpu"] = missing;
  }
  const json model = model_of(a_plan(), lines);
  EXPECT_EQ(model.at("cells")[0].at("cpu_by_core")[0].at("user"), missing);
}

TEST(ModelOfTwoMachines, LineRateIsThatOfTheSlowerNic) {
  const json two = model_of(a_plan(), a_log_of_two());
  const json& cell = two.at("cells")[0];
  EXPECT_NEAR(cell.at("percent_of_line_rate").at("mean").get<double>(),
              10 * cell.at("throughput_gbit_per_s").at("mean").get<double>(), 1e-9);
}

TEST(ModelOfTwoMachines, HoldsBothAndHowTheirClocksStood) {
  const json machine = model_of(a_plan(), a_log_of_two()).at("machine");
  EXPECT_EQ(machine.at("peer").at("kernel"), "7.3.5");
  EXPECT_EQ(machine.at("nics")[0].at("interface"), "eth1");
  EXPECT_EQ(machine.at("clock").at("error_ns"), 20);
  EXPECT_THAT(machine.at("accelerator").at("not_available").get<std::string>(),
              HasSubstr("two machines"));
}

TEST(ModelOfTwoMachines, PeerThatRecordsNonsenseSpoilsNothing) {
  for (const json& nonsense : {json(7), json("x"), json({{"a", 1}}), json({"x", -1, 1.5})}) {
    std::vector<json> lines = a_log_of_two();
    lines[0]["peer"]["usable_cpus"] = nonsense;
    lines[0]["peer"]["near_cpus"] = nonsense;
    lines[0]["peer"]["kernel"] = nonsense;
    EXPECT_EQ(model_of(a_plan(), lines).at("cells").size(), 6u);
  }
}

}  // namespace
}  // namespace nobounce::bench
