// SPDX-License-Identifier: Apache-2.0
#include "sys/sparse_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/mapping.h"

namespace nobounce::sys {
namespace {

constexpr std::uint64_t kBytes = 16 << 20;

std::uint64_t allocated_bytes(const Fd& fd) {
  struct stat status{};
  EXPECT_EQ(::fstat(fd.get(), &status), 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

TEST(SparseMemory, has_pages_only_where_they_were_asked_for) {
  const Fd fd = create_sparse_memfd("sparse", kBytes).value();
  EXPECT_EQ(allocated_bytes(fd), 0u);
  EXPECT_NE(::ftruncate(fd.get(), 4096), 0) << "its size is sealed";
  ASSERT_TRUE(allocate_pages(fd.get(), 8192, 1 << 20));
  EXPECT_EQ(allocated_bytes(fd), 1u << 20);
  EXPECT_FALSE(allocate_pages(fd.get(), kBytes, 4096)) << "beyond its end";
}

TEST(SparseMemory, what_was_dropped_reads_as_zeros_through_mappings_that_were_there) {
  const Fd fd = create_sparse_memfd("sparse", kBytes).value();
  ASSERT_TRUE(allocate_pages(fd.get(), 0, 8192));
  const Mapping mapping =
      Mapping::map(fd.get(), 0, kBytes, Mapping::Access::kReadWrite, "sparse").value();
  mapping.bytes()[100] = mapping.bytes()[5000] = std::byte{1};
  ASSERT_TRUE(drop_pages(fd.get(), 0, 4096));
  EXPECT_EQ(mapping.bytes()[100], std::byte{0});
  EXPECT_EQ(mapping.bytes()[5000], std::byte{1});
}

}  // namespace
}  // namespace nobounce::sys
