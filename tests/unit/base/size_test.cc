// SPDX-License-Identifier: Apache-2.0
#include "base/size.h"

#include <gtest/gtest.h>

namespace nobounce {
namespace {

TEST(ParseSize, ReadsPlainNumbersAndUnits) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("17B"), 17u);
  EXPECT_EQ(parse_size("64M"), 64u << 20);
  EXPECT_EQ(parse_size("64m"), 64u << 20);
  EXPECT_EQ(parse_size("1GiB"), 1u << 30);
  EXPECT_EQ(parse_size("2TB"), std::uint64_t{2} << 40);
}

TEST(ParseSize, RefusesWhatIsNotASize) {
  for (const char* text : {"", "-1", "+1", "M", "1.5G", "1X", "1Mx", "1iB", " 1", "1 ",
                           "99999999999999999999", "9000000000T"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size.has_value()) << text;
    EXPECT_EQ(size.error().code, Code::kInvalidArgument) << text;
  }
}

TEST(FormatSize, PicksTheUnit) {
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1024), "1.0 KiB");
  EXPECT_EQ(format_size(3 * (std::uint64_t{1} << 29)), "1.5 GiB");
}

}  // namespace
}  // namespace nobounce
