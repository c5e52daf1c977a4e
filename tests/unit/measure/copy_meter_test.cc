// SPDX-License-Identifier: Apache-2.0
#include "measure/copy_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace nobounce::measure {
namespace {

namespace meter = abi::copy_meter;

std::unique_ptr<meter::Block> a_block() {
  auto block = std::make_unique<meter::Block>();
  block->vcpus = 2;
  block->routine_count = 2;
  std::strcpy(block->routines[0].name, "rep_movs_alternative");
  block->routines[0].kind = meter::Kind::kUser;
  std::strcpy(block->routines[1].name, "__memcpy");
  block->routines[1].kind = meter::Kind::kOther;
  block->counts[0] = {.instructions = 1000, .bytes = {10, 20}};
  block->counts[1] = {.instructions = 2000, .bytes = {30, 40}};
  return block;
}

TEST(CopyMeter, MarkIsHarmlessWhereNoMeterIs) {
  const auto reading = read_copy_meter();
  // In the lab with a meter this would succeed; unit tests run on a host.
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.error().code, Code::kUnsupported);
  EXPECT_THAT(to_string(reading.error()), testing::HasSubstr("no meter answered"));
}

TEST(CopyMeter, DifferenceIsOverAllVcpusAndByKind) {
  const auto before = a_block();
  auto after = a_block();
  after->counts[0].bytes[0] += 5;
  after->counts[1].bytes[0] += 7;
  after->counts[1].bytes[1] += 100;
  after->counts[0].instructions += 50;
  const Copies copies = copies_between(*before, *after);
  EXPECT_EQ(copies.user_bytes, 12u);
  EXPECT_EQ(copies.other_bytes.value(), 100u);
  EXPECT_EQ(copies.instructions.value(), 50u);
  EXPECT_EQ(copies.at_start.value().user_bytes, 40u);
  EXPECT_EQ(copies.at_end.value().user_bytes, 52u);
  ASSERT_EQ(copies.routines.size(), 2u);
  EXPECT_EQ(copies.routines[0].name, "rep_movs_alternative");
  EXPECT_EQ(copies.routines[0].bytes, 12u);
}

TEST(CopyMeter, AnswerBeyondItsBoundsIsCutOff) {
  auto block = a_block();
  block->vcpus = 1U << 30;
  block->routine_count = 1U << 30;
  EXPECT_EQ(copies_between(*block, *block).user_bytes, 0u);
}

TEST(CopyMeter, SumGoesFromTheFirstStartToTheLastEnd) {
  const auto zero = a_block();
  auto one = a_block();
  one->counts[0].bytes[0] += 5;
  auto two = a_block();
  two->counts[0].bytes[0] += 8;
  two->counts[0].bytes[1] += 1;
  const Copies total = sum(copies_between(*zero, *one), copies_between(*one, *two));
  EXPECT_EQ(total.user_bytes, 8u);
  EXPECT_EQ(total.other_bytes.value(), 1u);
  EXPECT_EQ(total.at_start.value().user_bytes, 40u);
  EXPECT_EQ(total.at_end.value().user_bytes, 48u);
  EXPECT_EQ(total.routines.size(), 2u);
}

TEST(CopyMeter, EachCpuHasWhatItCopied) {
  const auto zero = a_block();
  auto one = a_block();
  one->counts[0].bytes[0] += 5;
  one->counts[1].bytes[1] += 100;
  one->counts[1].instructions += 50;
  const Copies copies = sum(copies_between(*zero, *one), copies_between(*zero, *one));
  ASSERT_EQ(copies.by_cpu.size(), 2u);
  EXPECT_EQ(copies.by_cpu[0].cpu, 0u);
  EXPECT_EQ(copies.by_cpu[0].user_bytes, 10u);
  EXPECT_EQ(copies.by_cpu[0].other_bytes.value(), 0u);
  EXPECT_EQ(copies.by_cpu[1].user_bytes, 0u);
  EXPECT_EQ(copies.by_cpu[1].other_bytes.value(), 200u);
  EXPECT_EQ(copies.by_cpu[1].instructions.value(), 100u);
  EXPECT_EQ(user_bytes_of(copies, {0}), 10u);
  EXPECT_EQ(user_bytes_of(copies, {1, 7}), 0u);
}

CpuCopies of_cpu(std::uint32_t cpu, std::uint64_t user_bytes) {
  CpuCopies copies;
  copies.cpu = cpu;
  copies.user_bytes = user_bytes;
  return copies;
}

TEST(CopyMeter, SumHasTheCpusOfBothParts) {
  Copies first;
  first.by_cpu = {of_cpu(4, 1)};
  Copies second;
  second.by_cpu = {of_cpu(2, 3), of_cpu(4, 5)};
  const Copies both = sum(first, second);
  ASSERT_EQ(both.by_cpu.size(), 2u);
  EXPECT_EQ(both.by_cpu[0].cpu, 2u);
  EXPECT_EQ(both.by_cpu[0].user_bytes, 3u);
  EXPECT_EQ(both.by_cpu[1].user_bytes, 6u);
}

TEST(CopyMeter, SumMissesWhatOnePartMisses) {
  Copies known;
  known.other_bytes = std::uint64_t{3};
  Copies unknown;
  unknown.other_bytes = NotAvailable{"probes see user copies alone"};
  EXPECT_FALSE(sum(known, unknown).other_bytes.is_available());
  EXPECT_FALSE(sum(unknown, known).other_bytes.is_available());
}

}  // namespace
}  // namespace nobounce::measure
