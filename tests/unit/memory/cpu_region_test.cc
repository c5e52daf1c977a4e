// SPDX-License-Identifier: Apache-2.0
// A region over a plain memfd stands in for the real providers: all but its dma-buf is theirs.
#include "memory/cpu_region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/pattern.h"
#include "base/sha256.h"
#include "sys/mapping.h"
#include "sys/memfd.h"
#include "unit/memory/plain_region.h"

namespace nobounce::memory {
namespace {

constexpr std::uint64_t kSize = 8192;

class MemfdRegion final : public CpuRegion {
 public:
  explicit MemfdRegion(sys::Mapping mapping)
      : CpuRegion(mapping.bytes()), mapping_(std::move(mapping)) {}

  [[nodiscard]] std::string_view provider() const override { return "memfd"; }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return -1; }
  Result<std::span<std::byte>> pinnable_view() override { return cpu_view(); }

  std::vector<std::string> accesses;
  Status begin_answer;
  Status end_answer;

 private:
  static std::string name(Access access) { return access == Access::kRead ? "read" : "write"; }
  Status begin_access(Access access) override {
    accesses.push_back("begin " + name(access));
    return begin_answer;
  }
  Status end_access(Access access) override {
    accesses.push_back("end " + name(access));
    return end_answer;
  }

  sys::Mapping mapping_;
};

class CpuRegionTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto memfd = sys::create_memfd("test", kSize);
    ASSERT_TRUE(memfd.has_value());
    auto mapping =
        sys::Mapping::map(memfd->get(), 0, kSize, sys::Mapping::Access::kReadWrite, "memfd");
    ASSERT_TRUE(mapping.has_value());
    region_ = std::make_unique<MemfdRegion>(std::move(*mapping));
  }

  std::unique_ptr<MemfdRegion> region_;
};

TEST_F(CpuRegionTest, StoresWhatWasLoaded) {
  std::vector<std::byte> in(1000);
  fill_pattern(in, 1, 0);
  ASSERT_TRUE(region_->load(kSize - in.size(), in).has_value());
  std::vector<std::byte> out(in.size() + 8);
  ASSERT_TRUE(region_->store({.offset = kSize - in.size(), .length = in.size()}, out).has_value());
  EXPECT_TRUE(std::equal(in.begin(), in.end(), out.begin()));
  EXPECT_EQ(out[in.size()], std::byte{0});
  const auto view = region_->cpu_view();
  ASSERT_TRUE(view.has_value());
  ASSERT_EQ(view->size(), kSize);
  EXPECT_EQ((*view)[kSize - 1], in.back());
  EXPECT_EQ((*view)[kSize - in.size() - 1], std::byte{0});
}

TEST_F(CpuRegionTest, MatchesWhatItWasFilledWithAndNothingElse) {
  const Extent extent{.offset = 100, .length = 3001};
  ASSERT_TRUE(region_->fill(extent, 9, 12345).has_value());
  EXPECT_EQ(region_->matches(extent, 9, 12345), true);
  EXPECT_EQ(region_->matches(extent, 9, 12346), false);
  EXPECT_EQ(region_->matches(extent, 8, 12345), false);
  EXPECT_EQ(region_->matches({.offset = 99, .length = 3002}, 9, 12344), false);
  ASSERT_TRUE(region_->load(3100, std::vector<std::byte>(1, ~pattern_byte(9, 12345 + 3000))));
  EXPECT_EQ(region_->matches(extent, 9, 12345), false);
}

TEST_F(CpuRegionTest, HashesExtentsInTheOrderGiven) {
  const std::string_view text = "abc";
  ASSERT_TRUE(region_->load(50, std::as_bytes(std::span(text))).has_value());
  const auto hash = *region_->start_hash();
  ASSERT_TRUE(hash->add({.offset = 50, .length = 1}).has_value());
  ASSERT_TRUE(hash->add_host(std::as_bytes(std::span(text)).subspan(1, 1)).has_value());
  const Extent rest[] = {{.offset = 52, .length = 1}, {.offset = kSize, .length = 0}};
  ASSERT_TRUE(hash->add(rest).has_value());
  EXPECT_EQ(hash->finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_FALSE(hash->crc32c().is_available());
}

TEST_F(CpuRegionTest, RefusesEveryExtentThatLeavesTheRegion) {
  const Extent bad[] = {
      {.offset = 0, .length = kSize + 1},        {.offset = kSize, .length = 1},
      {.offset = kSize + 1, .length = 0},        {.offset = 1, .length = UINT64_MAX},
      {.offset = UINT64_MAX, .length = 1},       {.offset = UINT64_MAX, .length = UINT64_MAX},
      {.offset = UINT64_MAX - 10, .length = 20},
  };
  std::vector<std::byte> host(kSize + 1);
  PlainRegion other(kSize);
  const auto hash = *region_->start_hash();
  for (const Extent extent : bad) {
    const Extent after_a_good_one[] = {{.offset = 0, .length = 1}, extent};
    const auto length = std::min<std::uint64_t>(extent.length, host.size());
    EXPECT_EQ(region_->store(extent, host).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region_->fill(extent, 1, 0).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region_->matches(extent, 1, 0).error().code, Code::kInvalidArgument);
    EXPECT_EQ(hash->add(after_a_good_one).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region_->store(after_a_good_one, host).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region_->copy(extent, other, 0).error().code, Code::kInvalidArgument);
    const Piece pieces[] = {{.from = {0, 1}, .to_offset = 0}, {.from = extent, .to_offset = 0}};
    EXPECT_EQ(region_->gather(pieces, other).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region_->load(extent.offset, std::span(host).first(length)).has_value(),
              extent.offset + length <= kSize && extent.offset <= kSize);
  }
  EXPECT_EQ(hash->finish(), Sha256().hex_digest());  // Nothing was added before all was checked.
  EXPECT_EQ(to_string(region_->store(bad[1], host).error()),
            "store of 1 bytes at 8192 of a memfd region: the region ends at 8192");
}

TEST_F(CpuRegionTest, RefusesADestinationThatIsTooSmall) {
  std::vector<std::byte> host(9);
  const auto stored = region_->store({.offset = 0, .length = 10}, host);
  ASSERT_FALSE(stored.has_value());
  EXPECT_EQ(stored.error().code, Code::kInvalidArgument);
  EXPECT_EQ(stored.error().cause, "the destination has room for 9");
}

TEST_F(CpuRegionTest, RefusesAPatternPastItsLastPosition) {
  const Extent extent{.offset = 0, .length = 16};
  EXPECT_TRUE(region_->fill(extent, 1, UINT64_MAX - 16).has_value());
  EXPECT_EQ(region_->matches(extent, 1, UINT64_MAX - 16), true);
  EXPECT_EQ(region_->fill(extent, 1, UINT64_MAX - 15).error().code, Code::kInvalidArgument);
  EXPECT_EQ(region_->matches(extent, 1, UINT64_MAX - 15).error().code, Code::kInvalidArgument);
}

TEST_F(CpuRegionTest, PutsEachOperationBetweenBeginAndEnd) {
  std::vector<std::byte> host(16);
  PlainRegion other(16);
  const auto hash = *region_->start_hash();
  const Extent extent{.offset = 0, .length = 16};
  const std::pair<std::string, std::function<bool()>> operations[] = {
      {"write", [&] { return region_->load(0, host).has_value(); }},
      {"read", [&] { return region_->store(extent, host).has_value(); }},
      {"write", [&] { return region_->fill(extent, 1, 0).has_value(); }},
      {"read", [&] { return region_->matches(extent, 1, 0).has_value(); }},
      {"read", [&] { return hash->add(extent).has_value(); }},
      {"read", [&] { return region_->copy(extent, other, 0).has_value(); }},
  };
  for (const auto& [access, operation] : operations) {
    region_->accesses.clear();
    EXPECT_TRUE(operation());
    EXPECT_THAT(region_->accesses, testing::ElementsAre("begin " + access, "end " + access));

    region_->begin_answer = fail(error_from_errno(EIO, "sync", "region"));
    EXPECT_FALSE(operation());
    region_->begin_answer = {};
    region_->end_answer = fail(error_from_errno(EIO, "sync", "region"));
    EXPECT_FALSE(operation());
    region_->end_answer = {};
  }
}

TEST_F(CpuRegionTest, TouchesNothingWhereTheAccessCannotBegin) {
  region_->begin_answer = fail(error_from_errno(EIO, "sync", "region"));
  EXPECT_FALSE(region_->fill({.offset = 0, .length = 16}, 1, 0).has_value());
  EXPECT_EQ((*region_->cpu_view())[0], std::byte{0});
  EXPECT_THAT(region_->accesses, testing::ElementsAre("begin write"));
}

TEST_F(CpuRegionTest, StoresExtentsOneAfterTheOther) {
  ASSERT_TRUE(region_->fill({.offset = 0, .length = kSize}, 3, 0));
  const Extent extents[] = {
      {.offset = 8, .length = 3}, {.offset = 0, .length = 0}, {.offset = 4096, .length = 5}};
  std::vector<std::byte> host(9);
  ASSERT_TRUE(region_->store(extents, host));
  EXPECT_FALSE(find_pattern_mismatch(std::span(host).first(3), 3, 8));
  EXPECT_FALSE(find_pattern_mismatch(std::span(host).subspan(3, 5), 3, 4096));
  EXPECT_EQ(host[8], std::byte{0});
  EXPECT_EQ(region_->store(extents, std::span(host).first(7)).error().code, Code::kInvalidArgument);
}

TEST_F(CpuRegionTest, TellsWhereExtentsFirstDifferFromThePattern) {
  ASSERT_TRUE(region_->fill({.offset = 1000, .length = 100}, 5, 0));
  ASSERT_TRUE(region_->fill({.offset = 3000, .length = 50}, 5, 100));
  const Extent extents[] = {{.offset = 1000, .length = 100}, {.offset = 3000, .length = 51}};
  EXPECT_EQ(*region_->find_mismatch(extents, 5, 0), std::optional<std::uint64_t>(150));
  EXPECT_EQ(*region_->find_mismatch(std::span(extents).first(1), 5, 0), std::nullopt);
  EXPECT_EQ(*region_->find_mismatch({}, 5, 0), std::nullopt);
}

TEST_F(CpuRegionTest, CopiesWithinItselfAsIfAllWereReadFirst) {
  for (const std::uint64_t to : {std::uint64_t{90}, std::uint64_t{110}}) {
    ASSERT_TRUE(region_->fill({.offset = 100, .length = 50}, 6, 0));
    ASSERT_TRUE(region_->copy({.offset = 100, .length = 50}, *region_, to));
    EXPECT_EQ(region_->matches({.offset = to, .length = 50}, 6, 0), true) << to;
  }
}

TEST_F(CpuRegionTest, GathersPiecesToAnotherRegionOnly) {
  PlainRegion other(300);
  ASSERT_TRUE(region_->fill({.offset = 4000, .length = 100}, 7, 0));
  ASSERT_TRUE(region_->fill({.offset = 10, .length = 100}, 7, 100));
  const Piece pieces[] = {{.from = {10, 100}, .to_offset = 150},
                          {.from = {4000, 100}, .to_offset = 50}};
  ASSERT_TRUE(region_->gather(pieces, other));
  EXPECT_EQ(other.matches({.offset = 50, .length = 200}, 7, 0), true);
  EXPECT_EQ(region_->gather(pieces, *region_).error().code, Code::kInvalidArgument);
  const Piece too_far[] = {{.from = {10, 100}, .to_offset = 201}};
  EXPECT_EQ(region_->gather(too_far, other).error().code, Code::kInvalidArgument);
}

TEST_F(CpuRegionTest, SaysWhyTheCpusAccessesAreNotCounted) {
  const auto accesses = region_->cpu_accesses();
  ASSERT_FALSE(accesses.is_available());
  EXPECT_EQ(accesses.missing_probe(),
            "memfd is host memory: nothing counts the CPU's accesses to it");
}

}  // namespace
}  // namespace nobounce::memory
