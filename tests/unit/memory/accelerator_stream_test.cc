// SPDX-License-Identifier: Apache-2.0
#include "memory/accelerator_stream.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

namespace nobounce::memory {
namespace {

using abi::accelerator::FillCommand;
using abi::accelerator::GatherCommand;
using abi::accelerator::GatherPiece;
using abi::accelerator::HashCommand;
using abi::accelerator::kHashBegin;
using abi::accelerator::kMaxCommands;
using abi::accelerator::kMaxStreamBytes;
using abi::accelerator::kStreamMagic;
using abi::accelerator::kStreamVersion;
using abi::accelerator::Opcode;
using abi::accelerator::StreamHeader;

constexpr ResourceId kResults{7};
constexpr ResourceId kMemory{9};
constexpr ResourceId kOther{11};
constexpr std::uint64_t kWork = AcceleratorStream::kMaxWorkBytes;

template <typename T>
T at(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  EXPECT_LE(offset + sizeof value, bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

class Stream : public testing::Test {
 protected:
  void SetUp() override { stream->begin(); }
  std::unique_ptr<AcceleratorStream> stream = std::make_unique<AcceleratorStream>(kResults);
};

TEST_F(Stream, HasAHeaderThatCountsItsCommands) {
  EXPECT_TRUE(stream->is_empty());
  EXPECT_EQ(stream->fill(kMemory, {100, 50}, 3, 17), 50u);
  EXPECT_TRUE(stream->counters());
  EXPECT_EQ(stream->commands(), 2u);
  const auto bytes = stream->finish();
  const auto header = at<StreamHeader>(bytes, 0);
  EXPECT_EQ(header.magic, kStreamMagic);
  EXPECT_EQ(header.version, kStreamVersion);
  EXPECT_EQ(header.bytes, 32u + 48 + 8);
  EXPECT_EQ(header.bytes, bytes.size());
  EXPECT_EQ(header.commands, 2u);
  EXPECT_EQ(header.results_resource, kResults.id);
  const auto fill = at<FillCommand>(bytes, 32);
  EXPECT_EQ(fill.header.opcode, static_cast<std::uint32_t>(Opcode::kFill));
  EXPECT_EQ(fill.header.bytes, sizeof fill);
  EXPECT_EQ(fill.resource, kMemory.id);
  EXPECT_EQ(fill.offset, 100u);
  EXPECT_EQ(fill.length, 50u);
  EXPECT_EQ(fill.seed, 3u);
  EXPECT_EQ(fill.position, 17u);
}

TEST_F(Stream, TakesNoMoreWorkThanItsShare) {
  EXPECT_EQ(stream->compare(kMemory, {0, 3 * kWork}, 1, 0), kWork);
  EXPECT_EQ(stream->copy(kMemory, {0, 1}, kOther, 0), 0u);
  EXPECT_EQ(stream->hash(kMemory, {0, 1}, 0, 0), 0u);
  std::vector<Piece> pieces{{.from = {0, 1}, .to_offset = 0}};
  EXPECT_EQ(stream->gather(kMemory, kOther, pieces), 0u);
  EXPECT_EQ(pieces[0].from.length, 1u);
  EXPECT_EQ(stream->commands(), 1u);
  EXPECT_TRUE(stream->end_hash(0, kHashBegin));  // It works on nothing.
  stream->begin();
  EXPECT_TRUE(stream->is_empty());
  EXPECT_EQ(stream->copy(kMemory, {0, 5}, kOther, 8), 5u);
}

TEST_F(Stream, TakesNoMoreCommandsThanTheDeviceDoes) {
  for (std::uint32_t i = 0; i < kMaxCommands; ++i)
    ASSERT_EQ(stream->hash(kMemory, {i, 1}, 0, kHashBegin), 1u);
  EXPECT_EQ(stream->hash(kMemory, {0, 1}, 0, 0), 0u);
  EXPECT_FALSE(stream->counters());
  EXPECT_FALSE(stream->end_hash(0, 0));
  EXPECT_EQ(stream->finish().size(), 32 + kMaxCommands * sizeof(HashCommand));
}

TEST_F(Stream, GathersAsManyPiecesAsFit) {
  std::vector<Piece> pieces(5000, {.from = {4096, 8}, .to_offset = 1});
  const std::size_t taken = stream->gather(kMemory, kOther, pieces);
  EXPECT_EQ(taken, (kMaxStreamBytes - 32 - 24) / 24);
  const auto bytes = stream->finish();
  EXPECT_LE(bytes.size(), kMaxStreamBytes);
  const auto command = at<GatherCommand>(bytes, 32);
  EXPECT_EQ(command.pieces, taken);
  EXPECT_EQ(command.header.bytes, 24 + 24 * taken);
  EXPECT_EQ(at<GatherPiece>(bytes, 56).from_offset, 4096u);
  EXPECT_EQ(at<GatherPiece>(bytes, 56).to_offset, 1u);
}

TEST_F(Stream, CutsAPieceThatDoesNotFitAsAWhole) {
  std::vector<Piece> pieces{{.from = {0, kWork - 10}, .to_offset = 0},
                            {.from = {50, 0}, .to_offset = 3},
                            {.from = {100, 30}, .to_offset = 200}};
  EXPECT_EQ(stream->gather(kMemory, kOther, pieces), 2u);
  EXPECT_EQ(pieces[2].from.offset, 110u);
  EXPECT_EQ(pieces[2].from.length, 20u);
  EXPECT_EQ(pieces[2].to_offset, 210u);
  EXPECT_EQ(at<GatherCommand>(stream->finish(), 32).pieces, 2u);
}

TEST_F(Stream, WritesNoGatherOfNothing) {
  std::vector<Piece> pieces(3);
  EXPECT_EQ(stream->gather(kMemory, kOther, pieces), 3u);
  EXPECT_TRUE(stream->is_empty());
  EXPECT_EQ(stream->finish().size(), 32u);
}

}  // namespace
}  // namespace nobounce::memory
