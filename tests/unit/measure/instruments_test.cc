// SPDX-License-Identifier: Apache-2.0
// All instruments together, over the recorded tree of a host.
#include "measure/instruments.h"

#include <gtest/gtest.h>

#include <chrono>

#include "host_tree.h"

namespace nobounce::measure {
namespace {

using std::chrono::milliseconds;

HostTree host() {
  return HostTree({{"task/7/stat", "7 (nobounce) R 1 7 7 0 -1 0 0 0 0 0 10 20 0 0 20 0 1 0 5 0"},
                   {"cpu/cpu0/cpuidle/state0/name", "C1"},
                   {"cpu/cpu0/cpuidle/state0/time", "1000"},
                   {"cpu/cpu0/cpuidle/state0/usage", "2"},
                   {"powercap/intel-rapl:0/name", "package-0"},
                   {"powercap/intel-rapl:0/energy_uj", "1000000"},
                   {"powercap/intel-rapl:0/max_energy_range_uj", "262143328850"},
                   {"hwmon/hwmon0/name", "meter"},
                   {"hwmon/hwmon0/power1_input", "90000000"}});
}

InstrumentOptions options_for(const HostTree& tree) {
  return {.power = {.powercap = tree.root() + "/powercap",
                    .hwmon = tree.root() + "/hwmon",
                    .nvml = NOBOUNCE_FAKE_NVML,
                    .command = "echo 250",
                    .sensor_pause = milliseconds(1),
                    .command_pause = milliseconds(1)},
          .threads = tree.root() + "/task",
          .cpus = tree.root() + "/cpu"};
}

/// Reads until both samplers have said something since `before`.
Reading read_later(Instruments& instruments, const Reading& before) {
  while (true) {
    Reading after = instruments.read_at_end();
    const PowerUse use = power_between(before.power, after.power);
    if (use.sensors.is_available() && use.command.is_available()) return after;
  }
}

TEST(Instruments, MeasureTheDifferenceOfTwoReadings) {
  const HostTree tree = host();
  Instruments instruments(options_for(tree));
  Reading before = instruments.read_at_start();
  while (!before.power.command.is_available() || !before.power.sensors.is_available())
    before = instruments.read_at_start();
  tree.write("task/7/stat", "7 (nobounce) R 1 7 7 0 -1 0 0 0 0 0 11 20 0 0 20 0 1 0 5 0");
  tree.write("cpu/cpu0/cpuidle/state0/time", "4000");
  tree.write("powercap/intel-rapl:0/energy_uj", "3000000");
  const auto measured = measured_between(before, read_later(instruments, before));

  EXPECT_GT(measured.threads.value().at("nobounce").user_us, 0u);
  EXPECT_EQ(measured.threads.value().at("nobounce").system_us, 0u);
  EXPECT_EQ(measured.idle_states.value().at(0).at("C1").time_us, 3000u);
  EXPECT_DOUBLE_EQ(measured.power.rapl.value().at("package-0").joules, 2);
  EXPECT_DOUBLE_EQ(measured.power.sensors.value().at("meter/power1").mean(), 90);
  EXPECT_DOUBLE_EQ(measured.power.command.value().at("command").mean(), 250);
  EXPECT_GT(measured.power.gpus.value().at("0 Test GPU A").joules, 0);
  EXPECT_FALSE(measured.power.hwmon_energy.is_available());
  EXPECT_FALSE(measured.queues.is_available()) << "no interface is watched";
  EXPECT_NE(measured.page_pools.missing_probe().find("no NIC"), std::string::npos);
}

TEST(Instruments, AddUpOverIntervalsUntilAPartIsMissing) {
  Measurements total = Measurements::none();
  Measurements part = Measurements::none();
  part.threads = ThreadUsage{{"nobounce", {.user_us = 5, .system_us = 1}}};
  part.page_pool_statistics = netlink::PagePoolsStatistics{{3, {.fast = 10, .slow = 1}}};
  part.queues =
      netlink::QueuesStatistics{{{netlink::Queue::Direction::kReceive, 1}, {{"rx_packets", 7}}}};
  part.power.rapl = EnergyUses{{"package-0", {.joules = 3, .seconds = 1}}};
  add(total, part);
  part.power.rapl = EnergyUses{{"package-0", {.joules = 5, .seconds = 3}}};
  add(total, part);
  EXPECT_EQ(total.threads.value().at("nobounce").user_us, 10u);
  EXPECT_EQ(total.page_pool_statistics.value().at(3).fast, 20u);
  EXPECT_EQ(total.queues.value().at({netlink::Queue::Direction::kReceive, 1}).at("rx_packets"),
            14u);
  EXPECT_DOUBLE_EQ(total.power.rapl.value().at("package-0").watts(), 2);

  part.queues = NotAvailable{"the driver does not tell"};
  add(total, part);
  EXPECT_EQ(total.queues.missing_probe(), "the driver does not tell");
  EXPECT_EQ(total.threads.value().at("nobounce").user_us, 15u);
}

TEST(Instruments, SayWhatAnInterfaceThatIsNotThereLacks) {
  const HostTree tree = host();
  Instruments instruments(options_for(tree));
  instruments.watch("none0");
  const Reading reading = instruments.read_at_end();
  EXPECT_NE(reading.queues.missing_probe().find("none0"), std::string::npos)
      << reading.queues.missing_probe();
  EXPECT_FALSE(reading.driver_counters.is_available());
  EXPECT_FALSE(instruments.driver().is_available());
}

TEST(PowerMeter, MeasuresTheIdleHost) {
  const HostTree tree = host();
  const PowerMeter meter(options_for(tree).power);
  const auto idle = meter.while_idle(milliseconds(20), -1);
  ASSERT_TRUE(idle.is_available()) << idle.missing_probe();
  ASSERT_TRUE(idle.value().rapl.is_available());
  EXPECT_DOUBLE_EQ(idle.value().rapl.value().at("package-0").joules, 0);
  EXPECT_GE(idle.value().rapl.value().at("package-0").seconds, 0.02);
}

}  // namespace
}  // namespace nobounce::measure
