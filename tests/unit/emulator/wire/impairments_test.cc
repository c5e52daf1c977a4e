// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "emulator/wire/wire.h"

namespace nobounce::emulator::wire {
namespace {

TEST(Impairments, WhatAWireCanDoIsAccepted) {
  const std::vector<Impairments> accepted = {
      {},
      {.rate_bits_per_s = kMinRateBitsPerS},
      {.rate_bits_per_s = kMaxRateBitsPerS},
      {.delay_ns = kMaxDelayNs, .jitter_ns = kMaxDelayNs},
      {.rate_bits_per_s = kMinRateBitsPerS, .reorder = 1},
      {.delay_ns = 1, .loss = 1, .reorder = 1, .duplicate = 1, .corrupt = 1, .partitioned = true}};
  for (const Impairments& impairments : accepted)
    EXPECT_TRUE(check(impairments));
}

TEST(Impairments, WhatNoWireCanDoIsRefusedByName) {
  struct Refusal {
    Impairments impairments;
    std::string object;
  };
  const std::vector<Refusal> refusals = {
      {{.rate_bits_per_s = kMaxRateBitsPerS + 1}, "rate of 1000000000000001 bit/s"},
      {{.rate_bits_per_s = 999}, "rate of 999 bit/s"},
      {{.delay_ns = kMaxDelayNs + 1}, "delay of 3600000000001 ns"},
      {{.delay_ns = 4, .jitter_ns = 5}, "jitter of 5 ns"},
      {{.loss = -0.5}, "loss of -0.5"},
      {{.reorder = 1.5}, "reorder of 1.5"},
      {{.reorder = 0.5}, "reorder of 0.5"},
      {{.duplicate = 2}, "duplicate of 2"},
      {{.corrupt = std::numeric_limits<double>::quiet_NaN()}, "corrupt of nan"}};
  for (const Refusal& refusal : refusals) {
    const Status status = check(refusal.impairments);
    ASSERT_FALSE(status) << refusal.object;
    EXPECT_EQ(status.error().code, Code::kInvalidArgument);
    EXPECT_EQ(status.error().object, refusal.object);
  }
}

}  // namespace
}  // namespace nobounce::emulator::wire
