// SPDX-License-Identifier: Apache-2.0
// Landing over a region that the CPU can't reach: frags in the region and linear ones in between.
#include "transfer/landing.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/pattern.h"
#include "base/sha256.h"
#include "sys/steady_clock.h"
#include "unit/path/unreachable_region.h"

namespace nobounce::transfer {
namespace {

constexpr std::uint64_t kSize = std::uint64_t{8} << 20;
constexpr std::uint64_t kSeed = 5;

class LandingOfFrags : public testing::Test {
 protected:
  /// Frags of a stream of the pattern: 1800 pages of the region in no order, a linear one of 100
  /// bytes after each 700th.
  void SetUp() override {
    fill_pattern(linear, kSeed, 0);
    std::uint64_t position = 0;
    for (std::uint64_t i = 0; i < 1800; ++i) {
      frags.push_back({.region_offset = (i * 7 % 1800) * 4096, .length = 4096 - i % 3});
      ASSERT_TRUE(region.fill(frags.back().extent(), kSeed, position));
      position += frags.back().length;
      if (i % 700 != 699) continue;
      fill_pattern(std::span(linear).subspan(position % 4096, 100), kSeed, position);
      frags.push_back({.length = 100, .linear = linear.data() + position % 4096});
      position += 100;
    }
    expected.resize(position);
    fill_pattern(expected, kSeed, 0);
  }

  sys::SteadyClock clock;
  path::UnreachableRegion region{kSize};
  std::vector<std::byte> linear = std::vector<std::byte>(8192);
  std::vector<path::Frag> frags;
  std::vector<std::byte> expected;
};

TEST_F(LandingOfFrags, HashesAndWritesThemInTheOrderOfTheStream) {
  const std::string path =
      testing::TempDir() + "nobounce_landing_test_" + std::to_string(::getpid());
  Landing landing(region, clock, Verify::kSha256, 0, *sys::PayloadSink::open(path, -1));
  ASSERT_TRUE(landing.consume(std::span(frags).first(1000)));
  ASSERT_TRUE(landing.consume(std::span(frags).subspan(1000)));
  Sha256 hash;
  hash.update(expected);
  EXPECT_EQ(landing.sha256()->value(), hash.hex_digest());
  std::ifstream file(path, std::ios::binary);
  const std::string written(std::istreambuf_iterator<char>(file), {});
  std::remove(path.c_str());
  ASSERT_EQ(written.size(), expected.size());
  EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(written)), expected));
}

TEST_F(LandingOfFrags, ComparesThemWithThePatternAndTellsTheFirstByteThatDiffers) {
  Landing good(region, clock, Verify::kPattern, kSeed, std::nullopt);
  EXPECT_TRUE(good.consume(frags));
  EXPECT_FALSE(good.sha256()->is_available());

  const std::byte wrong = ~expected[4096 + 17];
  ASSERT_TRUE(region.load(frags[1].region_offset + 17, {&wrong, 1}));
  Landing bad(region, clock, Verify::kPattern, kSeed, std::nullopt);
  const Status verdict = bad.consume(frags);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, Code::kMismatch);
  EXPECT_TRUE(verdict.error().object.starts_with("bytes 4113 to ")) << verdict.error().object;
}

TEST_F(LandingOfFrags, HashesNothingToTheDigestOfNothing) {
  Landing landing(region, clock, Verify::kSha256, 0, std::nullopt);
  EXPECT_EQ(landing.sha256()->value(), Sha256().hex_digest());
}

}  // namespace
}  // namespace nobounce::transfer
