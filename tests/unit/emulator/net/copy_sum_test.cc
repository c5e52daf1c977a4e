// SPDX-License-Identifier: Apache-2.0
#include "emulator/net/copy_sum.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

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

using Pass = std::function<std::optional<WordSum>(std::byte*, std::span<const std::byte>)>;

std::vector<Pass> all_passes() {
  const auto without_sum = [](void (*copy)(std::byte*, std::span<const std::byte>)) {
    return [copy](std::byte* to, std::span<const std::byte> from) {
      copy(to, from);
      return std::nullopt;
    };
  };
  std::vector<Pass> passes = {copy_and_sum, copy_and_sum_sse2, without_sum(copy_bytes),
                              without_sum(copy_bytes_sse2)};
  if (cpu_has_avx2()) {
    passes.emplace_back(copy_and_sum_avx2);
    passes.emplace_back(without_sum(copy_bytes_avx2));
  }
  return passes;
}

// At every alignment and length: what is copied is the bytes and no more, and the sum is theirs.
TEST(CopyAndSum, IsACopyAndItsSum) {
  const std::vector<Pass> passes = all_passes();
  Random random(15);
  for (int round = 0; round < 3000; ++round) {
    const std::size_t length = up_to(random, round % 2 == 0 ? 150 : 5000);
    const std::size_t from_offset = up_to(random, 63);
    const auto to_offset = static_cast<std::ptrdiff_t>(up_to(random, 63));
    const Bytes source = random_bytes(random, from_offset + length);
    const auto from = std::span(source).subspan(from_offset);
    const std::uint64_t expected = folded(slow_sum(from));
    EXPECT_EQ(folded(sum_words(from)), expected) << length;
    Bytes right(static_cast<std::size_t>(to_offset) + length + 64, std::byte{0x5a});
    std::ranges::copy(from, right.begin() + to_offset);
    for (const Pass& pass : passes) {
      Bytes target(right.size(), std::byte{0x5a});
      const auto sum = pass(target.data() + to_offset, from);
      if (sum) {
        EXPECT_EQ(folded(*sum), expected) << length;
      }
      EXPECT_EQ(target, right) << length;
    }
  }
}

}  // namespace
}  // namespace nobounce::emulator::net
