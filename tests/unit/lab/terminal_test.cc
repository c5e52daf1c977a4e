// SPDX-License-Identifier: Apache-2.0
// What is typed and what is shown: the keys that end a guest, and lines that say whose they are.
#include <gtest/gtest.h>

#include <string>

#include "lab/line_mark.h"
#include "lab/terminal_link.h"

namespace nobounce::lab {
namespace {

TEST(EscapeKeys, ThreeInARowEndTheGuestHoweverTheyCome) {
  EscapeKeys at_once;
  EXPECT_TRUE(at_once.complete("a\x1d\x1d\x1d"));
  EscapeKeys one_by_one;
  EXPECT_FALSE(one_by_one.complete("\x1d"));
  EXPECT_FALSE(one_by_one.complete("\x1d"));
  EXPECT_TRUE(one_by_one.complete("\x1d"));
  EscapeKeys interrupted;
  EXPECT_FALSE(interrupted.complete("\x1d\x1d"));
  EXPECT_FALSE(interrupted.complete("x\x1d\x1d"));
}

TEST(LineMark, WithoutAMarkBytesStayAsTheyAre) {
  LineMark plain;
  EXPECT_EQ(plain.mark("a\nb"), "a\nb");
  EXPECT_EQ(plain.finish(), "");
}

TEST(LineMark, EveryLineIsMarkedOnceWhole) {
  LineMark mark("[b] ", "\r\n");
  EXPECT_EQ(mark.mark("on"), "");
  EXPECT_EQ(mark.mark("e\n\ntwo\nthr"), "[b] one\r\n[b] \r\n[b] two\r\n");
  EXPECT_EQ(mark.finish(), "[b] thr\r\n");
  EXPECT_EQ(mark.finish(), "");
}

TEST(LineMark, WhatHasNoEndIsNotHeldForEver) {
  LineMark mark("> ");
  const std::string endless(LineMark::kLongestHeld + 1, 'x');
  EXPECT_EQ(mark.mark(endless), "> " + endless + "\n");
}

}  // namespace
}  // namespace nobounce::lab
