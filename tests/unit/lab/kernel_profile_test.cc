// SPDX-License-Identifier: Apache-2.0
#include "lab/kernel_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace nobounce::lab {
namespace {

using abi::copy_meter::kOfTheRest;
using abi::copy_meter::kOfUserSpace;

constexpr const char* kKallsymsText =
    "ffffffff81000000 T _text\n"
    "ffffffff81000010 T __pfx_first\n"
    "ffffffff81000020 T first\n"
    "ffffffff81000100 t second\n"
    "ffffffff81000180 d data\n"
    "ffffffffc0000000 t third\t[gve]\n"
    "broken\n";

sys::KernelFunctions functions() {
  std::istringstream text(kKallsymsText);
  return sys::KernelFunctions::read(text);
}

std::vector<std::pair<std::string, std::uint64_t>> shares_of(const KernelProfile& profile) {
  std::vector<std::pair<std::string, std::uint64_t>> shares;
  for (const FunctionShare& function : profile.functions)
    shares.emplace_back(function.name, function.instructions);
  return shares;
}

TEST(KernelProfile, SumsTheBlocksOfAFunctionHottestFirst) {
  const ProfileReading before = {{0xffffffff81000030, 100}, {kOfUserSpace, 7}};
  const ProfileReading after = {{0xffffffff81000030, 150},
                                {0xffffffff81000040, 25},
                                {0xffffffff81000100, 300},
                                {kOfUserSpace, 17},
                                {kOfTheRest, 5}};
  const KernelProfile profile = profile_between(before, after, functions(), 10);
  EXPECT_EQ(profile.instructions, 390u);
  EXPECT_THAT(shares_of(profile),
              testing::ElementsAre(testing::Pair("second", 300), testing::Pair("first", 75),
                                   testing::Pair("user space", 10),
                                   testing::Pair("other code of the kernel", 5)));
}

TEST(KernelProfile, LeavesOutWhatDidNotRunAndWhatIsTooMany) {
  const ProfileReading before = {{0xffffffff81000030, 100}};
  const ProfileReading after = {{0xffffffff81000030, 100}, {0xffffffff81000100, 3}, {1, 2}};
  const KernelProfile profile = profile_between(before, after, functions(), 1);
  EXPECT_EQ(profile.instructions, 5u);
  EXPECT_THAT(shares_of(profile), testing::ElementsAre(testing::Pair("second", 3)));
}

TEST(KernelProfile, NeedsAMeterThatKeepsOne) {
  const auto reading = read_profile();
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace nobounce::lab
