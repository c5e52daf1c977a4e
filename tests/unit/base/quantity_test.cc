// SPDX-License-Identifier: Apache-2.0
#include "base/quantity.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace nobounce {
namespace {

TEST(BitRate, IsReadInEveryUnit) {
  for (const auto& [text, expected] : {std::pair<const char*, std::uint64_t>{"1", 1},
                                       {"10G", 10'000'000'000},
                                       {"10Gbit", 10'000'000'000},
                                       {"10 Gbit/s", 10'000'000'000},
                                       {"2.5Gbps", 2'500'000'000},
                                       {"100M", 100'000'000},
                                       {"64k", 64'000},
                                       {"64Kbit", 64'000},
                                       {"9600bit/s", 9600},
                                       {"1000T", 1'000'000'000'000'000}}) {
    const auto rate = parse_bit_rate(text);
    ASSERT_TRUE(rate) << text;
    EXPECT_EQ(*rate, expected) << text;
  }
}

TEST(BitRate, OthersAreRefused) {
  for (const char* bad : {"", "G", "10GB", "10 GiB", "-1", "+1", "0", "0.4", "1e9", "1001T",
                          "1.2.3", ".5G", "nan", "inf", "10Gx", "1 0", "10g"}) {
    const auto rate = parse_bit_rate(bad);
    ASSERT_FALSE(rate) << bad;
    EXPECT_EQ(rate.error().code, Code::kInvalidArgument);
    EXPECT_FALSE(rate.error().fix.empty());
  }
}

TEST(Duration, IsReadInEveryUnit) {
  for (const auto& [text, expected] : {std::pair<const char*, std::uint64_t>{"0", 0},
                                       {"0ms", 0},
                                       {"7ns", 7},
                                       {"50us", 50'000},
                                       {"1.5ms", 1'500'000},
                                       {"2 s", 2'000'000'000},
                                       {"3600s", 3'600'000'000'000}}) {
    const auto duration = parse_duration_ns(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(*duration, expected) << text;
  }
}

TEST(Duration, OthersAreRefused) {
  for (const char* bad : {"", "50", "us", "50 m", "-1ms", "1h", "3601s", "1e3ns", "50us "}) {
    const auto duration = parse_duration_ns(bad);
    ASSERT_FALSE(duration) << bad;
    EXPECT_EQ(duration.error().code, Code::kInvalidArgument);
    EXPECT_FALSE(duration.error().fix.empty());
  }
}

TEST(Probability, IsANumberOrPercent) {
  for (const auto& [text, expected] : {std::pair<const char*, double>{"0", 0},
                                       {"1", 1},
                                       {"0.25", 0.25},
                                       {"25%", 0.25},
                                       {"0.5 %", 0.005},
                                       {"100%", 1}}) {
    const auto probability = parse_probability(text);
    ASSERT_TRUE(probability) << text;
    EXPECT_DOUBLE_EQ(*probability, expected) << text;
  }
}

TEST(Probability, OthersAreRefused) {
  for (const char* bad : {"", "%", "1.01", "101%", "-1%", "nan", "1%%", "1x"}) {
    const auto probability = parse_probability(bad);
    ASSERT_FALSE(probability) << bad;
    EXPECT_EQ(probability.error().code, Code::kInvalidArgument);
    EXPECT_FALSE(probability.error().fix.empty());
  }
}

TEST(Quantity, IsShownInTheLargestUnitThatItFills) {
  EXPECT_EQ(format_bit_rate(10'000'000'000), "10 Gbit/s");
  EXPECT_EQ(format_bit_rate(2'500'000), "2.5 Mbit/s");
  EXPECT_EQ(format_bit_rate(0), "0 bit/s");
  EXPECT_EQ(format_duration(50'000), "50 us");
  EXPECT_EQ(format_duration(1'500'000), "1.5 ms");
  EXPECT_EQ(format_duration(0), "0 ns");
  EXPECT_EQ(format_probability(0.01), "1%");
  EXPECT_EQ(format_probability(0.00005), "0.005%");
}

}  // namespace
}  // namespace nobounce
