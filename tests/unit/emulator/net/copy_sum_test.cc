// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/copy_sum.h"

#include <gtest/gtest.h>

#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::net {
namespace {

/// The folded sum, a byte at a time.
std::uint64_t slow_sum(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += static_cast<std::uint64_t>(bytes[i]) << (i % 2 == 0 ? 0 : 8);
  return sum;
}

std::uint64_t folded(std::uint64_t sum) {
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

// At every alignment and length: what is copied is the bytes and no more, and the sum is theirs.
TEST(CopyAndSum, IsACopyAndItsSum) {
  std::vector<WordSum (*)(std::byte*, std::span<const std::byte>)> candidates = {copy_and_sum,
                                                                                 copy_and_sum_sse2};
  if (cpu_has_avx2()) candidates.push_back(copy_and_sum_avx2);
  Random random(15);
  for (int round = 0; round < 4000; ++round) {
    const std::size_t length = up_to(random, round % 2 == 0 ? 80 : 5000);
    const std::size_t from_offset = up_to(random, 63);
    const std::size_t to_offset = up_to(random, 63);
    const Bytes source = random_bytes(random, from_offset + length);
    const auto from = std::span(source).subspan(from_offset);
    const std::uint64_t expected = folded(slow_sum(from));
    EXPECT_EQ(folded(sum_words(from)), expected) << length;
    for (const auto& copy : candidates) {
      Bytes target(to_offset + length + 64, std::byte{0x5a});
      EXPECT_EQ(folded(copy(target.data() + to_offset, from)), expected) << length;
      Bytes right(target.size(), std::byte{0x5a});
      std::ranges::copy(from, right.begin() + static_cast<std::ptrdiff_t>(to_offset));
      EXPECT_EQ(target, right) << length;
    }
  }
}

}  // namespace
}  // namespace nobounce::emulator::net
