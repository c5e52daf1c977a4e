// SPDX-License-Identifier: Apache-2.0
#include "base/counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace nobounce {
namespace {

using testing::ElementsAre;
using testing::Pair;

struct Door {
  std::uint64_t ins = 0;
  std::uint64_t outs = 0;
  int colour = 0;  // No counter.

  static constexpr auto counters() {
    return std::array<Counter<Door>, 2>{{{"ins", &Door::ins}, {"outs", &Door::outs}}};
  }
};

TEST(Counters, GrowMemberByMember) {
  const Door grown =
      growth(Door{.ins = 3, .outs = 9, .colour = 1}, Door{.ins = 10, .outs = 9, .colour = 2});
  EXPECT_EQ(grown.ins, 7u);
  EXPECT_EQ(grown.outs, 0u);
  EXPECT_EQ(grown.colour, 2) << "what is no counter stays as it was in the end";
}

TEST(Counters, ThatWereResetDidNotGrow) {
  EXPECT_EQ(growth(std::uint64_t{9}, std::uint64_t{4}), 0u);
}

TEST(Counters, GrowByKeyAndBeginAtZero) {
  const Counts before{{"gone", 5}, {"kept", 1}};
  const Counts after{{"kept", 4}, {"new", 2}};
  EXPECT_THAT(growth(before, after), ElementsAre(Pair("kept", 3), Pair("new", 2)));
}

TEST(Counters, AddUpByKeyAndWithinStructures) {
  std::map<int, Door> total{{1, {.ins = 1, .outs = 1}}};
  add(total, {{1, {.ins = 2, .outs = 3}}, {2, {.ins = 5}}});
  EXPECT_EQ(total[1].ins, 3u);
  EXPECT_EQ(total[1].outs, 4u);
  EXPECT_EQ(total[2].ins, 5u);

  std::map<int, Counts> nested{{1, {{"a", 1}}}};
  add(nested, {{1, {{"a", 2}, {"b", 3}}}});
  EXPECT_THAT(nested[1], ElementsAre(Pair("a", 3), Pair("b", 3)));
}

}  // namespace
}  // namespace nobounce
