// SPDX-License-Identifier: Apache-2.0
// Records of perf_event_open(2) as the kernel lays them out.
#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <array>
#include <cstring>
#include <vector>

#include "sys/perf_event.h"

namespace nobounce::sys {
namespace {

/// What the kernel does: writes records one after the other, around the end.
class Writer {
 public:
  void put(std::uint32_t type, std::uint16_t misc, const std::vector<std::uint64_t>& words) {
    const auto size = static_cast<std::uint16_t>(sizeof(perf_event_header) + 8 * words.size());
    put_bytes(perf_event_header{.type = type, .misc = misc, .size = size});
    for (const std::uint64_t word : words)
      put_bytes(word);
  }
  template <typename T>
  void put_bytes(const T& value) {
    for (const std::byte byte : std::as_bytes(std::span(&value, 1)))
      ring[head++ % ring.size()] = byte;
  }
  std::uint64_t read(std::uint64_t from) {
    return for_each_perf_record(ring, from, head, [this](const PerfRecord& record) {
      if (const auto sample = parse_perf_sample(record)) seen.push_back(*sample);
    });
  }

  std::array<std::byte, 64> ring{};
  std::uint64_t head = 0;
  std::vector<PerfSample> seen;
};

TEST(PerfRecords, AreSamplesOfTheKernelOrOfPrograms) {
  Writer writer;
  writer.put(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, {0xffffffff81000020});
  writer.put(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, {0x401000});
  EXPECT_EQ(writer.read(0), 0u);
  ASSERT_EQ(writer.seen.size(), 2u);
  EXPECT_EQ(writer.seen[0].address, 0xffffffff81000020);
  EXPECT_TRUE(writer.seen[0].is_in_kernel);
  EXPECT_FALSE(writer.seen[1].is_in_kernel);
}

TEST(PerfRecords, GoAroundTheEndOfTheRing) {
  Writer writer;
  writer.head = 1'000'000'000 * writer.ring.size() - 12;  // In the middle of an address.
  const std::uint64_t tail = writer.head;
  for (std::uint64_t i = 1; i <= 4; ++i)
    writer.put(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, {i * 0x1'0000'0001});
  writer.read(tail);
  ASSERT_EQ(writer.seen.size(), 4u);
  for (std::uint64_t i = 1; i <= 4; ++i)
    EXPECT_EQ(writer.seen[i - 1].address, i * 0x1'0000'0001);
}

TEST(PerfRecords, TellHowManyWereLostAndPassOverWhatTheyDoNotKnow) {
  Writer writer;
  writer.put(PERF_RECORD_LOST, 0, {7, 3});
  writer.put(PERF_RECORD_THROTTLE, 0, {});
  writer.put(PERF_RECORD_LOST, 0, {7, 2});
  EXPECT_EQ(writer.read(0), 5u);
  EXPECT_TRUE(writer.seen.empty());
}

TEST(PerfRecords, ThatAreBrokenEndTheReading) {
  for (const std::uint16_t size : std::array<std::uint16_t, 3>{0, 4, 60}) {
    Writer writer;
    writer.put(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, {1});
    writer.put_bytes(perf_event_header{.type = PERF_RECORD_SAMPLE, .misc = 0, .size = size});
    writer.put_bytes(std::uint64_t{2});
    writer.read(0);
    EXPECT_EQ(writer.seen.size(), 1u) << size;
  }
  Writer writer;
  writer.put(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, {});
  writer.put(PERF_RECORD_LOST, 0, {7});
  EXPECT_EQ(writer.read(0), 0u);
  EXPECT_TRUE(writer.seen.empty());
}

}  // namespace
}  // namespace nobounce::sys
