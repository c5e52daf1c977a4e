// SPDX-License-Identifier: Apache-2.0
#include "measure/cpu_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace nobounce::measure {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

sys::KernelFunctions functions() {
  std::istringstream text(
      "ffffffff81000020 T first\n"
      "ffffffff81000100 t second\n"
      "ffffffffc0000000 t third\t[gve]\n");
  return sys::KernelFunctions::read(text);
}

CpuSamples samples() {
  return {.by_cpu = {{0,
                      {{0xffffffff81000024, 30},
                       {0xffffffff81000030, 10},
                       {0xffffffff81000104, 5},
                       {CpuSamples::kUserSpace, 5}}},
                     {1, {{0xffffffffc0000010, 40}, {0xffffffff80000000, 10}}}},
          .lost = 3};
}

TEST(CpuProfile, IsOfFunctionsInPercentOfTheSamples) {
  const CpuProfile profile = profile_of(samples(), functions(), 10);
  EXPECT_EQ(profile.samples, 100u);
  EXPECT_EQ(profile.lost, 3u);
  EXPECT_THAT(profile.percent,
              ElementsAre(Pair("first", 40), Pair("other code of the kernel", 10),
                          Pair("second", 5), Pair("third [gve]", 40), Pair("user space", 5)));
  EXPECT_EQ(profile.percent_by_cpu.at(0).at("first"), 80);
  EXPECT_EQ(profile.percent_by_cpu.at(1).at("third [gve]"), 80);
}

TEST(CpuProfile, NamesTheHottestAndAddsUpTheOthers) {
  const CpuProfile profile = profile_of(samples(), functions(), 2);
  EXPECT_THAT(profile.percent,
              ElementsAre(Pair("first", 40), Pair("other functions", 20), Pair("third [gve]", 40)));
  EXPECT_THAT(profile.percent_by_cpu.at(0),
              ElementsAre(Pair("first", 80), Pair("other functions", 20)));
}

TEST(CpuProfile, OfNoSamplesIsEmpty) {
  const CpuProfile profile = profile_of({.by_cpu = {{0, {}}}}, functions(), 10);
  EXPECT_EQ(profile.samples, 0u);
  EXPECT_TRUE(profile.percent.empty());
}

TEST(CpuSamplesOfTwoMoments, AreWhatCameInBetween) {
  CpuSamples after = samples();
  after.by_cpu[0][0xffffffff81000024] += 7;
  after.lost += 2;
  const CpuSamples between = growth(samples(), after);
  EXPECT_EQ(profile_of(between, functions(), 10).samples, 7u);
  EXPECT_EQ(between.lost, 2u);
  CpuSamples total = between;
  add(total, between);
  EXPECT_EQ(profile_of(total, functions(), 10).percent.at("first"), 100);
  EXPECT_EQ(total.lost, 4u);
}

TEST(CpuProfiler, SamplesThisHostOrNamesWhatRefused) {
  auto profiler = CpuProfiler::start();
  if (!profiler) {
    // The call, or the memory of the ring, which is bounded where the user is not root.
    EXPECT_THAT(to_string(profiler.error()),
                AnyOf(HasSubstr("perf_event_open"), HasSubstr("samples of CPU")));
    return;
  }
  const CpuSamples before = profiler->read();
  for (volatile int i = 0; i < 20'000'000; i = i + 1) {
  }
  const CpuSamples between = growth(before, profiler->read());
  std::uint64_t of_programs = 0;
  for (const auto& [cpu, by_address] : between.by_cpu) {
    const auto own = by_address.find(CpuSamples::kUserSpace);
    if (own != by_address.end()) of_programs += own->second;
  }
  EXPECT_GT(of_programs, 0u);
}

}  // namespace
}  // namespace nobounce::measure
