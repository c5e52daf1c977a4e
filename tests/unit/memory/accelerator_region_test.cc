// SPDX-License-Identifier: Apache-2.0
// Regions of a fake accelerator: what is asked for is done by streams, however large it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/crc32c.h"
#include "base/pattern.h"
#include "base/random.h"
#include "base/sha256.h"
#include "fake_accelerator.h"
#include "memory/accelerator.h"
#include "unit/memory/plain_region.h"

namespace nobounce::memory {
namespace {

constexpr std::uint64_t kSize = std::uint64_t{8} << 20;

class AcceleratorTest : public testing::Test {
 protected:
  Result<std::unique_ptr<AcceleratorDevice>> open(const std::string& name = "accelerator:0") {
    return AcceleratorDevice::open(std::make_unique<FakeNode>(device), name);
  }
  std::unique_ptr<Region> make_region(std::uint64_t size = kSize) {
    auto region = open_region_on(*open(), size);
    EXPECT_TRUE(region) << to_string(region.error());
    return std::move(*region);
  }

  std::shared_ptr<FakeAccelerator> device = std::make_shared<FakeAccelerator>();
};

TEST_F(AcceleratorTest, IsZeroDeviceMemoryThatTheCpuIsKeptFrom) {
  const auto region = make_region(kSize - 100);
  EXPECT_EQ(region->provider(), "accelerator:0");
  EXPECT_EQ(region->size(), kSize);
  EXPECT_GE(region->dma_buf_fd().value_or(-1), 0);
  for (const auto& view : {region->cpu_view(), region->pinnable_view()}) {
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().code, Code::kUnsupported);
    EXPECT_FALSE(view.error().cause.empty());
  }
  std::vector<std::byte> bytes(kSize, std::byte{1});
  ASSERT_TRUE(region->store({0, kSize}, bytes));
  EXPECT_THAT(bytes, testing::Each(std::byte{0}));
  EXPECT_EQ(device->counters.reads, 0u);
}

TEST_F(AcceleratorTest, LoadsAndStoresByWayOfAHostBuffer) {
  const auto region = make_region();
  std::vector<std::byte> in(3 * HostBuffer::kStagingBytes + 12345);
  fill_pattern(in, 1, 0);
  ASSERT_TRUE(region->load(77, in));
  EXPECT_EQ(region->matches({77, in.size()}, 1, 0), true);
  std::vector<std::byte> out(in.size());
  const Extent halves[] = {{77, 1000001}, {77 + 1000001, in.size() - 1000001}};
  ASSERT_TRUE(region->store(halves, out));
  EXPECT_EQ(out, in);
}

TEST_F(AcceleratorTest, StoresManySmallExtentsInFewStreams) {
  const auto region = make_region();
  ASSERT_TRUE(region->fill({0, kSize}, 2, 0));
  std::vector<Extent> extents;
  std::vector<std::byte> expected;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    extents.push_back({.offset = (i * 7919 % 1000) * 8192, .length = 1 + i % 2000});
    std::vector<std::byte> piece(extents.back().length);
    fill_pattern(piece, 2, extents.back().offset);
    expected.insert(expected.end(), piece.begin(), piece.end());
  }
  device->streams.clear();
  std::vector<std::byte> out(expected.size());
  ASSERT_TRUE(region->store(extents, out));
  EXPECT_EQ(out, expected);
  EXPECT_EQ(device->streams.size(), 1u);
}

TEST_F(AcceleratorTest, FindsTheFirstMismatchOverManyExtents) {
  const auto region = make_region();
  std::vector<Extent> extents;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    extents.push_back({.offset = (i * 7 % 2000) * 4096, .length = 4000});
    ASSERT_TRUE(region->fill(extents.back(), 3, 5 + i * 4000));
  }
  EXPECT_EQ(*region->find_mismatch(extents, 3, 5), std::nullopt);
  EXPECT_EQ(*region->find_mismatch(extents, 4, 5), std::optional<std::uint64_t>(0));
  for (const std::uint64_t wrong : {1900, 1500}) {
    const std::byte other = ~pattern_byte(3, 5 + wrong * 4000 + 123);
    ASSERT_TRUE(region->load(extents[wrong].offset + 123, {&other, 1}));
    EXPECT_EQ(*region->find_mismatch(extents, 3, 5),
              std::optional<std::uint64_t>(wrong * 4000 + 123));
  }
}

TEST_F(AcceleratorTest, HashesExtentsAndHostBytesInOrder) {
  const auto region = make_region();
  ASSERT_TRUE(region->fill({0, kSize}, 5, 0));
  std::vector<std::byte> all(kSize);
  fill_pattern(all, 5, 0);
  Sha256 expected;
  expected.update(std::span(all).first(3'000'000));
  expected.update(std::span(all).subspan(100, 1'500'000));
  expected.update(std::span(all).subspan(3'000'000, 1000));

  const auto hash = *region->start_hash();
  const auto other = *region->start_hash();
  const Extent front[] = {{0, 1'000'000}, {1'000'000, 2'000'000}};
  ASSERT_TRUE(hash->add(front));
  ASSERT_TRUE(other->add({0, 1}));
  ASSERT_TRUE(hash->add_host(std::span(all).subspan(100, 1'500'000)));
  ASSERT_TRUE(hash->add({3'000'000, 1000}));
  EXPECT_FALSE(hash->crc32c().is_available());
  EXPECT_EQ(hash->finish(), expected.hex_digest());
  std::uint32_t crc = crc32c(0, std::span(all).first(3'000'000));
  crc = crc32c(crc, std::span(all).subspan(100, 1'500'000));
  EXPECT_EQ(hash->crc32c().value(), crc32c(crc, std::span(all).subspan(3'000'000, 1000)));
  Sha256 one;
  one.update(std::span(all).first(1));
  EXPECT_EQ(other->finish(), one.hex_digest());
  EXPECT_EQ((*region->start_hash())->finish(), Sha256().hex_digest());
}

TEST_F(AcceleratorTest, SaysWhenTheDeviceHasNoHashLeft) {
  const auto region = make_region(4096);
  std::vector<std::unique_ptr<RegionHash>> hashes;
  for (std::uint32_t i = 0; i < abi::accelerator::kMaxHashContexts; ++i)
    hashes.push_back(*region->start_hash());
  EXPECT_EQ(region->start_hash().error().code, Code::kExhausted);
  hashes.erase(hashes.begin() + 5);
  const auto freed = region->start_hash();
  ASSERT_TRUE(freed);
  EXPECT_EQ((*freed)->finish(), Sha256().hex_digest());
}

TEST_F(AcceleratorTest, CutsWhatIsLargeIntoBoundedStreams) {
  const auto region = make_region();
  device->streams.clear();
  ASSERT_TRUE(region->fill({0, kSize}, 1, 0));
  const auto hash = *region->start_hash();
  ASSERT_TRUE(hash->add({0, kSize}));
  ASSERT_TRUE(region->copy({0, kSize / 2}, *region, kSize / 2));
  EXPECT_GE(device->streams.size(), (2 * kSize + kSize / 2) / AcceleratorStream::kMaxWorkBytes);
  for (const auto& stream : device->streams)
    EXPECT_LE(stream.work, AcceleratorStream::kMaxWorkBytes);
}

TEST_F(AcceleratorTest, CopiesWithinItselfAsIfAllWereReadFirst) {
  const auto region = make_region();
  const std::uint64_t length = 5'000'000;
  for (const std::uint64_t to : {std::uint64_t{1000}, std::uint64_t{2'000'000}}) {
    ASSERT_TRUE(region->fill({1'000'000, length}, 6, 0));
    ASSERT_TRUE(region->copy({1'000'000, length}, *region, to));
    EXPECT_EQ(region->matches({to, length}, 6, 0), true) << to;
  }
}

TEST_F(AcceleratorTest, GathersToAnotherRegionOfTheSameDeviceOnly) {
  const auto from = make_region();
  const auto to = make_region();
  std::vector<Piece> pieces;
  for (std::uint64_t i = 0; i < 1500; ++i) {
    const Piece piece{.from = {.offset = (i * 11 % 1500) * 4096, .length = 4096},
                      .to_offset = 17 + i * 4096};
    ASSERT_TRUE(from->fill(piece.from, 8, i * 4096));
    pieces.push_back(piece);
  }
  ASSERT_TRUE(from->gather(pieces, *to));
  EXPECT_EQ(to->matches({17, 1500 * 4096}, 8, 0), true);
  ASSERT_TRUE(to->copy({17, 100}, *from, 4));
  EXPECT_EQ(from->matches({4, 100}, 8, 0), true);

  EXPECT_EQ(from->gather(pieces, *from).error().code, Code::kInvalidArgument);
  PlainRegion host(kSize);
  EXPECT_EQ(from->gather(pieces, host).error().code, Code::kUnsupported);
  const auto elsewhere = *open_region_on(*open("accelerator:1"), kSize);
  EXPECT_EQ(from->copy({0, 1}, *elsewhere, 0).error().code, Code::kUnsupported);
  // From host memory everything can be loaded.
  ASSERT_TRUE(host.fill({0, 100}, 9, 0));
  ASSERT_TRUE(host.copy({0, 100}, *to, 5));
  EXPECT_EQ(to->matches({5, 100}, 9, 0), true);
}

TEST_F(AcceleratorTest, RefusesEveryExtentThatLeavesTheRegion) {
  const auto region = make_region(4096);
  const auto other = make_region(4096);
  std::vector<std::byte> host(5000);
  const auto hash = *region->start_hash();
  device->streams.clear();
  for (const Extent extent : {Extent{0, 4097}, Extent{4096, 1}, Extent{1, UINT64_MAX}}) {
    const Extent after_a_good_one[] = {{0, 1}, extent};
    EXPECT_EQ(region->store(after_a_good_one, host).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region->fill(extent, 1, 0).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region->matches(extent, 1, 0).error().code, Code::kInvalidArgument);
    EXPECT_EQ(hash->add(after_a_good_one).error().code, Code::kInvalidArgument);
    EXPECT_EQ(region->copy(extent, *other, 0).error().code, Code::kInvalidArgument);
  }
  EXPECT_EQ(region->load(1, std::span(host).first(4096)).error().code, Code::kInvalidArgument);
  EXPECT_EQ(region->copy({0, 2}, *other, 4095).error().code, Code::kInvalidArgument);
  EXPECT_EQ(region->fill({0, 16}, 1, UINT64_MAX - 15).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(device->streams.empty());
}

TEST_F(AcceleratorTest, TellsTheDevicesCounters) {
  const auto region = make_region(4096);
  device->counters = {.reads = 3, .read_bytes = 12, .writes = 5, .written_bytes = 40};
  const auto accesses = region->cpu_accesses();
  ASSERT_TRUE(accesses.is_available()) << accesses.missing_probe();
  EXPECT_EQ(accesses.value().reads, 3u);
  EXPECT_EQ(accesses.value().read_bytes, 12u);
  EXPECT_EQ(accesses.value().writes, 5u);
  EXPECT_EQ(accesses.value().written_bytes, 40u);
}

TEST_F(AcceleratorTest, FailsLoudlyOnceTheWindowIsClosed) {
  const auto region = make_region();
  device->window_is_closed = true;
  std::vector<std::byte> host(100);
  EXPECT_EQ(region->fill({0, 100}, 1, 0).error().code, Code::kIo);
  EXPECT_EQ(region->store({0, 100}, host).error().code, Code::kIo);
  EXPECT_EQ(region->load(0, host).error().code, Code::kIo);
  EXPECT_EQ(region->matches({0, 100}, 1, 0).error().code, Code::kIo);
  const auto hash = *region->start_hash();
  EXPECT_EQ(hash->add({0, 100}).error().code, Code::kIo);
  EXPECT_EQ(to_string(region->fill({0, 100}, 1, 0).error()),
            "execute on accelerator:0: command 0 of the stream: the memory is not in the device's "
            "window");
  device->window_is_closed = false;
  EXPECT_TRUE(region->fill({0, 100}, 1, 0));
  // A region that the device could not map is none.
  device->window_is_closed = true;
  EXPECT_FALSE(open_region_on(*open(), 4096));
}

// A stream that the device throws away must not be answered by what it said of the one before.
TEST_F(AcceleratorTest, TakesNoOldAnswerForANewOne) {
  const auto region = make_region(4096);
  ASSERT_TRUE(region->fill({0, 4096}, 1, 0));
  device->knows_commands = false;
  EXPECT_EQ(region->fill({0, 4096}, 2, 0).error().code, Code::kIo);
  EXPECT_EQ(region->find_mismatch({}, 1, 0).value(), std::nullopt);
  EXPECT_FALSE(region->cpu_accesses().is_available());
}

TEST_F(AcceleratorTest, SaysThatTheWindowHasNoRoom) {
  const auto region = open_region_on(*open(), device->window_bytes + 1);
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().code, Code::kExhausted);
  EXPECT_THAT(to_string(region.error()), testing::HasSubstr("window has no room"));
}

TEST_F(AcceleratorTest, IsNoVirtioGpuOfAnotherKind) {
  device->knows_commands = false;
  const auto other = open();
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kUnsupported);
}

/// All of it at random beside plain memory, which must end up the same.
TEST_F(AcceleratorTest, DoesWhatPlainMemoryDoes) {
  Random random(20261128);
  constexpr std::uint64_t kSmall = 64 << 10;
  const auto region = make_region(kSmall);
  const auto other = make_region(kSmall);
  PlainRegion plain(kSmall);
  PlainRegion plain_other(kSmall);
  const auto any = [&] {
    const std::uint64_t offset = random.below(kSmall);
    return Extent{offset, random.below(kSmall - offset + 1)};
  };
  for (int step = 0; step < 400; ++step) {
    const Extent extent = any();
    switch (random.below(4)) {
      case 0: {
        const std::uint64_t seed = random.next();
        ASSERT_TRUE(region->fill(extent, seed, 3) && plain.fill(extent, seed, 3));
        break;
      }
      case 1: {
        const std::uint64_t to = random.below(kSmall - extent.length + 1);
        ASSERT_TRUE(region->copy(extent, *region, to) && plain.copy(extent, plain, to));
        break;
      }
      case 2: {
        const Piece pieces[] = {{extent, random.below(kSmall - extent.length + 1)},
                                {{extent.offset, extent.length / 2}, random.below(100)}};
        ASSERT_TRUE(region->gather(pieces, *other) && plain.gather(pieces, plain_other));
        break;
      }
      default: {
        const std::uint64_t to = random.below(kSmall - extent.length + 1);
        ASSERT_TRUE(other->copy(extent, *region, to) && plain_other.copy(extent, plain, to));
      }
    }
    const auto hash = *region->start_hash();
    const auto plain_hash = *plain.start_hash();
    ASSERT_TRUE(hash->add({0, kSmall}) && plain_hash->add({0, kSmall}));
    ASSERT_EQ(*hash->finish(), *plain_hash->finish()) << "step " << step;
  }
}

}  // namespace
}  // namespace nobounce::memory
