// SPDX-License-Identifier: Apache-2.0
#include "sys/procfs.h"

#include <gtest/gtest.h>

namespace nobounce::sys {
namespace {

constexpr std::string_view kStat =
    "cpu  11 22 33 44 55 66 77 88 99 100\n"
    "cpu0 1 2 3 4 5 6 7 8 9 10\n"
    "cpu17 10 20 30 40 50 60 70 80 90 90\n"
    "intr 12345 0 0\n"
    "ctxt 1\n";

TEST(ProcStat, GivesTheTicksOfEachCpuAndTheSum) {
  const auto host = parse_cpu_ticks(kStat);
  ASSERT_TRUE(host.has_value());
  EXPECT_EQ(host->total.user, 11u);
  EXPECT_EQ(host->total.nice, 22u);
  EXPECT_EQ(host->total.system, 33u);
  EXPECT_EQ(host->total.idle, 44u);
  EXPECT_EQ(host->total.iowait, 55u);
  EXPECT_EQ(host->total.irq, 66u);
  EXPECT_EQ(host->total.softirq, 77u);
  EXPECT_EQ(host->total.steal, 88u);
  ASSERT_EQ(host->per_cpu.size(), 2u);
  EXPECT_EQ(host->per_cpu[0].cpu, 0u);
  EXPECT_EQ(host->per_cpu[1].cpu, 17u);
  EXPECT_EQ(host->per_cpu[1].ticks.softirq, 70u);
}

TEST(ProcStat, RefusesWhatIsNotThatFile) {
  for (const std::string_view text :
       {"", "intr 1 2 3\n", "cpu0 1 2 3 4 5 6 7 8\n", "cpu  1 2 3 4 5 6 7\n",
        "cpu  1 2 3 4 5 6 7 x\n", "cpu  1 2 3 4 5 6 7 -8\n",
        "cpu  1 2 3 4 5 6 7 99999999999999999999\n", "cpu  1 2 3 4 5 6 7 8\ncpux 1 2 3 4 5 6 7 8\n",
        "cpu  1 2 3 4 5 6 7 8\ncpu0 1 2\n"}) {
    const auto host = parse_cpu_ticks(text);
    ASSERT_FALSE(host.has_value()) << text;
    EXPECT_EQ(host.error().code, Code::kProtocol) << text;
  }
}

TEST(ProcStat, OfThisHostHasTimeInIt) {
  const auto host = read_cpu_ticks();
  ASSERT_TRUE(host.has_value());
  EXPECT_FALSE(host->per_cpu.empty());
  EXPECT_GT(host->total.user + host->total.system + host->total.idle, 0u);
}

TEST(ProcStat, NamesAFileThatIsNotThere) {
  const auto host = read_cpu_ticks("/nonexistent/stat");
  ASSERT_FALSE(host.has_value());
  EXPECT_EQ(host.error().code, Code::kNotFound);
  EXPECT_EQ(host.error().object, "/nonexistent/stat");
}

TEST(ProcMeminfo, GivesAvailableMemoryInBytes) {
  EXPECT_EQ(parse_available_memory("MemTotal:       100 kB\nMemAvailable:     7 kB\n"), 7u * 1024);
}

TEST(ProcMeminfo, RefusesWhatIsNotThatFile) {
  for (const std::string_view text :
       {"", "MemTotal: 7 kB\n", "MemAvailable:\n", "MemAvailable: x kB\n", "MemAvailable: 7\n",
        "MemAvailable: 7 MB\n", "MemAvailable: 18446744073709551615 kB\n"}) {
    const auto bytes = parse_available_memory(text);
    ASSERT_FALSE(bytes.has_value()) << text;
    EXPECT_EQ(bytes.error().code, Code::kProtocol) << text;
  }
}

}  // namespace
}  // namespace nobounce::sys
