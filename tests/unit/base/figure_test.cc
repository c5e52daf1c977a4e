// SPDX-License-Identifier: Apache-2.0
#include "base/figure.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace nobounce {
namespace {

TEST(Figure, ThatNobodyFilledInIsMissingAndNotZero) {
  const Figure<double> figure;
  ASSERT_FALSE(figure.is_available());
  EXPECT_EQ(figure.missing_probe(), "not measured");
}

TEST(Figure, HoldsAValueEvenIfItIsZero) {
  const Figure<int> figure = 0;
  ASSERT_TRUE(figure.is_available());
  EXPECT_EQ(figure.value(), 0);
}

TEST(Figure, TakesTheValueOfAResult) {
  const Figure<int> figure = Result<int>(7);
  ASSERT_TRUE(figure.is_available());
  EXPECT_EQ(figure.value(), 7);
}

TEST(Figure, NamesTheProbeThatFailed) {
  const Figure<int> figure = Result<int>(fail(error_from_errno(EACCES, "open", "/proc/stat")));
  ASSERT_FALSE(figure.is_available());
  EXPECT_EQ(figure.missing_probe(), "open of /proc/stat: Permission denied (errno 13)");
}

TEST(Figure, DerivesAFigureOrPassesTheReasonOn) {
  const auto half = [](const int& whole) { return whole / 2.0; };
  EXPECT_EQ(Figure<int>(3).map(half).value(), 1.5);
  EXPECT_EQ(Figure<int>(NotAvailable{"no probe"}).map(half).missing_probe(), "no probe");
}

}  // namespace
}  // namespace nobounce
