// SPDX-License-Identifier: Apache-2.0
#include "sys/memfd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "sys/mapping.h"

namespace nobounce::sys {
namespace {

TEST(Memfd, IsAllocatedZeroAndCannotShrink) {
  constexpr std::uint64_t kSize = 1 << 20;
  const auto memfd = create_memfd("test", kSize);
  ASSERT_TRUE(memfd.has_value());

  struct stat status{};
  ASSERT_EQ(::fstat(memfd->get(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), kSize);
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, kSize);
  EXPECT_NE(::ftruncate(memfd->get(), kSize / 2), 0);

  const auto mapping = Mapping::map(memfd->get(), 0, kSize, Mapping::Access::kReadWrite, "memfd");
  ASSERT_TRUE(mapping.has_value());
  ASSERT_TRUE(populate(mapping->bytes()).has_value());
  EXPECT_TRUE(std::ranges::all_of(mapping->bytes(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST(Memfd, RefusesASizeThatNoFileCanHave) {
  for (const std::uint64_t size : {std::uint64_t{0}, UINT64_MAX, std::uint64_t{1} << 63}) {
    const auto memfd = create_memfd("test", size);
    ASSERT_FALSE(memfd.has_value()) << size;
    EXPECT_EQ(memfd.error().code, Code::kInvalidArgument) << size;
  }
}

TEST(Populate, RefusesMemoryThatIsNotThere) {
  std::span<std::byte> gone;
  {
    const auto memfd = create_memfd("test", 8192);
    ASSERT_TRUE(memfd.has_value());
    const auto mapping = Mapping::map(memfd->get(), 0, 8192, Mapping::Access::kReadWrite, "memfd");
    ASSERT_TRUE(mapping.has_value());
    gone = mapping->bytes();
  }
  EXPECT_FALSE(populate(gone).has_value());
  EXPECT_TRUE(populate({}).has_value());
}

}  // namespace
}  // namespace nobounce::sys
