// SPDX-License-Identifier: Apache-2.0
// Vectors: RFC 3720, appendix B.4, and the catalogues' check value.
#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace nobounce {
namespace {

TEST(Crc32c, gives_the_published_values) {
  std::vector<std::byte> bytes(32);
  EXPECT_EQ(crc32c(0, bytes), 0x8a9136aau);
  std::fill(bytes.begin(), bytes.end(), std::byte{0xff});
  EXPECT_EQ(crc32c(0, bytes), 0x62a8ab43u);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(i);
  EXPECT_EQ(crc32c(0, bytes), 0x46dd794eu);
  const std::string_view check = "123456789";
  EXPECT_EQ(crc32c(0, std::as_bytes(std::span(check))), 0xe3069283u);
  EXPECT_EQ(crc32c(0, {}), 0u);
}

TEST(Crc32c, goes_on_with_more_and_agrees_with_the_tables_however_it_is_cut) {
  Random random(11);
  std::vector<std::byte> bytes(5000);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random.below(256));
  for (int i = 0; i < 300; ++i) {
    const auto part = std::span(bytes).subspan(random.below(9), random.below(4900));
    const std::size_t cut = random.below(part.size() + 1);
    const std::uint32_t whole = crc32c(0, part);
    EXPECT_EQ(crc32c(crc32c(0, part.first(cut)), part.subspan(cut)), whole);
    EXPECT_EQ(crc32c_by_tables(crc32c_by_tables(0, part.first(cut)), part.subspan(cut)), whole);
  }
}

}  // namespace
}  // namespace nobounce
