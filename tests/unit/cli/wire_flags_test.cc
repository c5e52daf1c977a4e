// SPDX-License-Identifier: Apache-2.0
#include "cli/wire_flags.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <vector>

namespace nobounce::cli {
namespace {

struct Parsed {
  WireFlags flags;
  WireMaking making;
};

Parsed parse(std::vector<std::string> arguments) {
  Parsed parsed;
  CLI::App app;
  add_wire_flags(app, parsed.flags);
  add_wire_making_flags(app, parsed.making);
  std::ranges::reverse(arguments);
  app.parse(arguments);
  return parsed;
}

TEST(WireFlags, SayWhatAWireDoes) {
  const Parsed parsed =
      parse({"--wire-rate", "10G", "--wire-delay", "50us", "--wire-jitter", "5us", "--wire-loss",
             "1%", "--wire-reorder", "0.5", "--wire-duplicate", "0.25", "--wire-corrupt", "100%",
             "--wire-seed", "7", "--wire-queue", "1M"});
  const auto wanted = impairments_of(parsed.flags);
  ASSERT_TRUE(wanted) << to_string(wanted.error());
  const emulator::wire::Impairments expected{.rate_bits_per_s = 10'000'000'000,
                                             .delay_ns = 50'000,
                                             .jitter_ns = 5'000,
                                             .loss = 0.01,
                                             .reorder = 0.5,
                                             .duplicate = 0.25,
                                             .corrupt = 1};
  EXPECT_EQ(*wanted, expected);
  EXPECT_EQ(parsed.making.seed, 7U);
  EXPECT_EQ(queue_bytes_of(parsed.making), std::size_t{1} << 20);
}

TEST(WireFlags, WhatIsNotGivenStaysAsItWas) {
  const emulator::wire::Impairments before{.rate_bits_per_s = 1000, .delay_ns = 9, .loss = 0.5};
  EXPECT_EQ(impairments_of({}, before), before);
  const auto after = impairments_of({.rate = "none", .loss = "0"}, before);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, emulator::wire::Impairments{.delay_ns = 9});
}

TEST(WireFlags, WhatCannotBeIsRefused) {
  for (const WireFlags& bad :
       {WireFlags{.rate = "fast"}, WireFlags{.delay = "50"}, WireFlags{.jitter = "-1us"},
        WireFlags{.jitter = "1us"}, WireFlags{.loss = "2"}, WireFlags{.reorder = "x"},
        WireFlags{.duplicate = "101%"}, WireFlags{.corrupt = "%"}}) {
    const auto wanted = impairments_of(bad);
    ASSERT_FALSE(wanted);
    EXPECT_EQ(wanted.error().code, Code::kInvalidArgument);
    EXPECT_FALSE(wanted.error().fix.empty());
  }
  for (const char* bad : {"", "64K", "2G", "much"}) {
    EXPECT_FALSE(queue_bytes_of({.queue = bad})) << bad;
  }
}

}  // namespace
}  // namespace nobounce::cli
