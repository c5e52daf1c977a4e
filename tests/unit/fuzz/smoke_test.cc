// SPDX-License-Identifier: Apache-2.0
// Every fuzz target over random inputs that are the same each time, so that the targets keep
// working, and what they guard is guarded, where no fuzzer can be built.
#include <gtest/gtest.h>

#include <ostream>

#include "fuzz/targets.h"

namespace nobounce::fuzz {

static void PrintTo(const Target& target, std::ostream* out) {
  *out << target.name;
}

namespace {

class FuzzSmoke : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzSmoke, survives_the_seeds_and_the_empty_input) {
  constexpr std::uint64_t kInputs = 100;
  GetParam().run({});
  for (std::uint64_t number = 0; number < kInputs; ++number) {
    SCOPED_TRACE(number);
    GetParam().run(seed_input(number));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzSmoke, ::testing::ValuesIn(targets()));

TEST(FuzzTargets, are_found_by_name) {
  for (const Target& target : targets())
    EXPECT_EQ(find_target(target.name)->run, target.run);
  EXPECT_EQ(find_target("nothing"), nullptr);
}

}  // namespace
}  // namespace nobounce::fuzz
