// SPDX-License-Identifier: Apache-2.0
#include "measure/cpu_usage.h"

#include <gtest/gtest.h>

namespace nobounce::measure {
namespace {

sys::CpuTicks ticks(std::uint64_t base) {
  return {.user = base + 1,
          .nice = base + 2,
          .system = base + 3,
          .idle = base + 4,
          .iowait = base + 5,
          .irq = base + 6,
          .softirq = base + 7,
          .steal = base + 8};
}

CpuSnapshot snapshot(sys::HostCpuTicks host, sys::ProcessTimes process) {
  return {.host = std::move(host), .process = process};
}

TEST(CpuUsage, IsTheDifferenceOfEachKindInSeconds) {
  const sys::CpuTicks before = ticks(1000);
  const sys::CpuTicks after{.user = before.user + 10,
                            .nice = before.nice + 20,
                            .system = before.system + 30,
                            .idle = before.idle + 40,
                            .iowait = before.iowait + 50,
                            .irq = before.irq + 60,
                            .softirq = before.softirq + 70,
                            .steal = before.steal + 80};
  const auto usage = cpu_usage_between(
      snapshot({.total = before, .per_cpu = {}}, {.user_s = 1, .system_s = 2}),
      snapshot({.total = after, .per_cpu = {}}, {.user_s = 1.5, .system_s = 4}), 100);
  ASSERT_TRUE(usage.host.is_available());
  const CpuSeconds& total = usage.host.value().total;
  EXPECT_DOUBLE_EQ(total.user_s, 0.1);
  EXPECT_DOUBLE_EQ(total.nice_s, 0.2);
  EXPECT_DOUBLE_EQ(total.system_s, 0.3);
  EXPECT_DOUBLE_EQ(total.idle_s, 0.4);
  EXPECT_DOUBLE_EQ(total.iowait_s, 0.5);
  EXPECT_DOUBLE_EQ(total.irq_s, 0.6);
  EXPECT_DOUBLE_EQ(total.softirq_s, 0.7);
  EXPECT_DOUBLE_EQ(total.steal_s, 0.8);
  ASSERT_TRUE(usage.process.is_available());
  EXPECT_DOUBLE_EQ(usage.process.value().user_s, 0.5);
  EXPECT_DOUBLE_EQ(usage.process.value().system_s, 2);
}

TEST(CpuUsage, PairsCpusByNumberAndLeavesOutThoseThatCameOrWent) {
  const sys::HostCpuTicks before{.total = {},
                                 .per_cpu = {{.cpu = 0, .ticks = ticks(0)},
                                             {.cpu = 1, .ticks = ticks(10)},
                                             {.cpu = 4, .ticks = ticks(0)},
                                             {.cpu = 5, .ticks = ticks(0)}}};
  const sys::HostCpuTicks after{.total = {},
                                .per_cpu = {{.cpu = 1, .ticks = ticks(12)},
                                            {.cpu = 2, .ticks = ticks(0)},
                                            {.cpu = 4, .ticks = ticks(3)},
                                            {.cpu = 7, .ticks = ticks(0)}}};
  const auto usage = cpu_usage_between(snapshot(before, {}), snapshot(after, {}), 1);
  const auto& per_cpu = usage.host.value().per_cpu;
  ASSERT_EQ(per_cpu.size(), 2u);
  EXPECT_EQ(per_cpu[0].cpu, 1u);
  EXPECT_DOUBLE_EQ(per_cpu[0].seconds.softirq_s, 2);
  EXPECT_EQ(per_cpu[1].cpu, 4u);
  EXPECT_DOUBLE_EQ(per_cpu[1].seconds.user_s, 3);
}

TEST(CpuUsage, TakesAKindThatStepsBackAsNoTime) {
  const auto usage = cpu_usage_between(snapshot({.total = {.iowait = 7}, .per_cpu = {}}, {}),
                                       snapshot({.total = {.iowait = 5}, .per_cpu = {}}, {}), 100);
  EXPECT_EQ(usage.host.value().total.iowait_s, 0);
}

TEST(CpuUsage, IsMissingWhereASnapshotIs) {
  const CpuSnapshot whole = snapshot({}, {});
  const CpuSnapshot holed{.host = NotAvailable{"no /proc/stat"},
                          .process = NotAvailable{"no getrusage"}};
  for (const auto& usage :
       {cpu_usage_between(whole, holed, 100), cpu_usage_between(holed, whole, 100)}) {
    ASSERT_FALSE(usage.host.is_available());
    EXPECT_EQ(usage.host.missing_probe(), "no /proc/stat");
    ASSERT_FALSE(usage.process.is_available());
    EXPECT_EQ(usage.process.missing_probe(), "no getrusage");
  }
}

TEST(CpuUsage, OfThisProcessGrowsAsItWorks) {
  const CpuSnapshot before = take_cpu_snapshot();
  CpuUsage usage;
  do {
    usage = cpu_usage_between(before, take_cpu_snapshot());
    ASSERT_TRUE(usage.process.is_available());
    ASSERT_TRUE(usage.host.is_available());
  } while (usage.process.value().user_s + usage.process.value().system_s <= 0);
  EXPECT_FALSE(usage.host.value().per_cpu.empty());
}

}  // namespace
}  // namespace nobounce::measure
