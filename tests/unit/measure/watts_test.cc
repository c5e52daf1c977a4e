// SPDX-License-Identifier: Apache-2.0
#include "measure/watts.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "host_tree.h"
#include "measure/watt_sampler.h"

namespace nobounce::measure {
namespace {

TEST(Watts, AreANumberAndPerhapsItsUnit) {
  EXPECT_DOUBLE_EQ(parse_watts("212").value(), 212);
  EXPECT_DOUBLE_EQ(parse_watts(" 212.5 W\n").value(), 212.5);
  EXPECT_DOUBLE_EQ(parse_watts("3W").value(), 3);
  for (const char* text : {"", "\n", "watts", "-5", "12 kW", "12 13", "nan", "inf", "1,5"})
    EXPECT_EQ(parse_watts(text).error().code, Code::kProtocol) << text;
}

TEST(Watts, OfSensorsAreByChipAndLabel) {
  const HostTree tree({{"hwmon0/name", "acpi_power_meter"},
                       {"hwmon0/power1_average", "312000000"},
                       {"hwmon1/name", "amdgpu"},
                       {"hwmon1/power1_input", "41500000"},
                       {"hwmon1/power1_label", "PPT"},
                       {"hwmon1/power1_cap", "300000000"}});
  const auto watts = read_hwmon_watts(tree.root());
  ASSERT_TRUE(watts) << to_string(watts.error());
  ASSERT_EQ(watts->size(), 2u);
  EXPECT_DOUBLE_EQ(watts->at("acpi_power_meter/power1"), 312);
  EXPECT_DOUBLE_EQ(watts->at("amdgpu/PPT"), 41.5);
  EXPECT_EQ(read_hwmon_watts(HostTree({{"hwmon0/name", "coretemp"}}).root()).error().code,
            Code::kNotFound);
}

TEST(WattsCommand, GivesWhatItPrints) {
  EXPECT_DOUBLE_EQ(run_watts_command("echo 150.25 W").value(), 150.25);
}

TEST(WattsCommand, ThatFailsOrTalksIsAnError) {
  const auto failed = run_watts_command("echo 5; exit 3");
  ASSERT_FALSE(failed);
  EXPECT_NE(to_string(failed.error()).find("status 3"), std::string::npos)
      << to_string(failed.error());
  EXPECT_EQ(run_watts_command("echo no power here").error().code, Code::kProtocol);
  EXPECT_EQ(run_watts_command("yes").error().code, Code::kProtocol);
}

TEST(WattSums, BetweenTwoMomentsAreTheSamplesThatCame) {
  const WattSums before{{"a", {.watts = 100, .samples = 1}}, {"b", {.watts = 5, .samples = 1}}};
  const WattSums after{{"a", {.watts = 400, .samples = 3}}, {"b", {.watts = 5, .samples = 1}}};
  const auto between = watts_between(before, after);
  ASSERT_TRUE(between.is_available());
  ASSERT_EQ(between.value().size(), 1u);
  EXPECT_DOUBLE_EQ(between.value().at("a").mean(), 150);
  EXPECT_FALSE(watts_between(after, after).is_available());
}

TEST(WattSampler, SumsUpWhatItsSourceSays) {
  std::atomic<int> asked = 0;
  const WattSampler sampler(
      [&asked]() -> Result<Watts> {
        ++asked;
        return Watts{{"meter", 20.0}};
      },
      std::chrono::milliseconds(1));
  while (asked < 3)
    std::this_thread::yield();
  const auto sums = sampler.sums();
  ASSERT_TRUE(sums.is_available());
  EXPECT_GE(sums.value().at("meter").samples, 2u);
  EXPECT_DOUBLE_EQ(sums.value().at("meter").mean(), 20);
}

TEST(WattSampler, SaysWhyItsSourceFails) {
  std::atomic<int> asked = 0;
  const WattSampler sampler(
      [&asked]() -> Result<Watts> {
        ++asked;
        return fail(error_from_errno(2, "open", "the meter"));
      },
      std::chrono::milliseconds(1));
  while (asked < 2)
    std::this_thread::yield();
  EXPECT_NE(sampler.sums().missing_probe().find("the meter"), std::string::npos);
}

}  // namespace
}  // namespace nobounce::measure
