// SPDX-License-Identifier: Apache-2.0
#include "emulator/vfio_user/guest_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "wire/message.h"

namespace nobounce::emulator::vfio_user {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

GuestMemory::Range range(std::uint64_t iova, std::uint64_t size) {
  return {.iova = iova, .size = size, .readable = true, .writeable = true};
}

TEST(GuestMemory, translates_within_a_region_and_shares_the_clients_pages) {
  GuestMemory memory;
  sys::Fd file = make_memfd(4 * kPage);
  sys::Fd ours(::dup(file.get()));
  ASSERT_TRUE(memory.map(range(0x10000, 2 * kPage), std::move(file), kPage));
  std::byte* at = memory.translate(0x10004, 4, DmaAccess::kWrite);
  ASSERT_NE(at, nullptr);
  *at = std::byte{0x5a};
  std::byte seen{};
  ASSERT_EQ(::pread(ours.get(), &seen, 1, kPage + 4), 1);
  EXPECT_EQ(seen, std::byte{0x5a});
  EXPECT_EQ(memory.translate(0x10000, 2 * kPage, DmaAccess::kRead), at - 4);
}

TEST(GuestMemory, refuses_addresses_outside_across_and_beyond) {
  GuestMemory memory;
  ASSERT_TRUE(memory.map(range(0x10000, kPage), make_memfd(kPage), 0));
  ASSERT_TRUE(memory.map(range(0x11000, kPage), make_memfd(kPage), 0));
  EXPECT_EQ(memory.translate(0xffff, 1, DmaAccess::kRead), nullptr);
  EXPECT_EQ(memory.translate(0x10fff, 2, DmaAccess::kRead), nullptr) << "across two regions";
  EXPECT_EQ(memory.translate(0x12000, 1, DmaAccess::kRead), nullptr);
  EXPECT_EQ(memory.translate(0x11fff, kMax, DmaAccess::kRead), nullptr);
  EXPECT_EQ(memory.translate(kMax, kMax, DmaAccess::kRead), nullptr);
  EXPECT_NE(memory.translate(0x10fff, 1, DmaAccess::kRead), nullptr);
  EXPECT_NE(memory.translate(0x11000, 1, DmaAccess::kRead), nullptr);
}

TEST(GuestMemory, keeps_to_the_access_that_the_client_allowed) {
  GuestMemory memory;
  GuestMemory::Range read_only = range(0, kPage);
  read_only.writeable = false;
  ASSERT_TRUE(memory.map(read_only, make_memfd(kPage), 0));
  GuestMemory::Range write_only = range(kPage, kPage);
  write_only.readable = false;
  ASSERT_TRUE(memory.map(write_only, make_memfd(kPage), 0));
  ASSERT_TRUE(memory.map(range(2 * kPage, kPage), sys::Fd(), 0));
  EXPECT_NE(memory.translate(0, 8, DmaAccess::kRead), nullptr);
  EXPECT_EQ(memory.translate(0, 8, DmaAccess::kWrite), nullptr);
  EXPECT_EQ(memory.translate(kPage, 8, DmaAccess::kRead), nullptr);
  EXPECT_NE(memory.translate(kPage, 8, DmaAccess::kWrite), nullptr);
  EXPECT_EQ(memory.translate(2 * kPage, 8, DmaAccess::kRead), nullptr) << "no descriptor came";
}

TEST(GuestMemory, refuses_ranges_that_cannot_be) {
  struct Case {
    const char* name;
    GuestMemory::Range range;
    std::uint64_t fd_offset;
  };
  const Case cases[] = {
      {"empty", range(0, 0), 0},
      {"wraps", range(kMax - kPage + 1, 2 * kPage), 0},
      {"address unaligned", range(1, kPage), 0},
      {"size unaligned", range(0, kPage + 1), 0},
      {"offset unaligned", range(0, kPage), 8},
      {"file too short", range(0, 3 * kPage), 0},
      {"file too short at the offset", range(0, 2 * kPage), kPage},
      {"offset beyond the file", range(0, kPage), kMax - kPage + 1},
  };
  GuestMemory memory;
  for (const Case& it : cases) {
    const Status status = memory.map(it.range, make_memfd(2 * kPage), it.fd_offset);
    ASSERT_FALSE(status) << it.name;
    EXPECT_EQ(status.error().code, Code::kInvalidArgument) << it.name;
  }
  EXPECT_EQ(memory.region_count(), 0u);
}

TEST(GuestMemory, maps_up_to_the_last_address) {
  GuestMemory memory;
  ASSERT_TRUE(memory.map(range(kMax - kPage + 1, kPage), make_memfd(kPage), 0));
  EXPECT_NE(memory.translate(kMax, 1, DmaAccess::kRead), nullptr);
  EXPECT_EQ(memory.translate(kMax, 2, DmaAccess::kRead), nullptr);
  EXPECT_TRUE(memory.unmap(kMax - kPage + 1, kPage));
}

TEST(GuestMemory, refuses_files_that_could_shrink) {
  GuestMemory memory;
  EXPECT_FALSE(memory.map(range(0, kPage), make_memfd(kPage, F_SEAL_GROW), 0));
  sys::Fd device(::open("/dev/zero", O_RDWR | O_CLOEXEC));
  EXPECT_FALSE(memory.map(range(0, kPage), std::move(device), 0));
  EXPECT_TRUE(
      memory.map(range(0, kPage), make_memfd(kPage, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL), 0));
}

TEST(GuestMemory, refuses_every_kind_of_overlap) {
  GuestMemory memory;
  ASSERT_TRUE(memory.map(range(4 * kPage, 4 * kPage), sys::Fd(), 0));
  for (const auto& it :
       {range(4 * kPage, 4 * kPage), range(3 * kPage, 2 * kPage), range(7 * kPage, 2 * kPage),
        range(5 * kPage, kPage), range(0, 16 * kPage)}) {
    const Status status = memory.map(it, sys::Fd(), 0);
    ASSERT_FALSE(status) << it.iova;
    EXPECT_EQ(status.error().sys_errno, EEXIST);
  }
  EXPECT_TRUE(memory.map(range(3 * kPage, kPage), sys::Fd(), 0));
  EXPECT_TRUE(memory.map(range(8 * kPage, kPage), sys::Fd(), 0));
  EXPECT_EQ(memory.region_count(), 3u);
}

TEST(GuestMemory, unmaps_whole_regions_and_never_a_part) {
  GuestMemory memory;
  for (std::uint64_t i = 0; i < 4; ++i)
    ASSERT_TRUE(memory.map(range(i * 2 * kPage, 2 * kPage), make_memfd(2 * kPage), 0));
  for (const auto& it : {range(0, kPage), range(kPage, kPage), range(kPage, 3 * kPage),
                         range(2 * kPage, 3 * kPage)}) {
    const Status status = memory.unmap(it.iova, it.size);
    ASSERT_FALSE(status) << it.iova;
    EXPECT_EQ(status.error().code, Code::kInvalidArgument);
  }
  EXPECT_EQ(memory.unmap(0, 0).error().code, Code::kInvalidArgument);
  EXPECT_EQ(memory.unmap(kPage, kMax).error().code, Code::kInvalidArgument);
  EXPECT_EQ(memory.unmap(16 * kPage, kPage).error().code, Code::kNotFound);
  EXPECT_EQ(memory.region_count(), 4u);
  EXPECT_NE(memory.translate(6 * kPage, 1, DmaAccess::kRead), nullptr);
  ASSERT_TRUE(memory.unmap(2 * kPage, 4 * kPage));
  EXPECT_EQ(memory.region_count(), 2u);
  EXPECT_EQ(memory.translate(2 * kPage, 1, DmaAccess::kRead), nullptr);
  EXPECT_NE(memory.translate(6 * kPage, 1, DmaAccess::kRead), nullptr);
  memory.unmap_all();
  EXPECT_EQ(memory.translate(6 * kPage, 1, DmaAccess::kRead), nullptr);
}

TEST(GuestMemory, bounds_the_number_of_regions) {
  GuestMemory memory;
  for (std::uint64_t i = 0; i < GuestMemory::kMaxRegions; ++i)
    ASSERT_TRUE(memory.map(range(i * kPage, kPage), sys::Fd(), 0));
  const Status status = memory.map(range(GuestMemory::kMaxRegions * kPage, kPage), sys::Fd(), 0);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kExhausted);
}

class OnePeer final : public PeerMemory {
 public:
  std::byte* resolve(std::uint64_t address, std::uint64_t length) const override {
    ++asked;
    return range_fits(address - kAt, length, memory.size()) ? memory.data() + (address - kAt)
                                                            : nullptr;
  }
  static constexpr std::uint64_t kAt = std::uint64_t{1} << 40;
  mutable std::array<std::byte, 16> memory{};
  mutable int asked = 0;
};

TEST(GuestMemory, asks_its_peers_for_addresses_of_no_region) {
  GuestMemory memory;
  const OnePeer peer;
  EXPECT_EQ(memory.translate(OnePeer::kAt, 16, DmaAccess::kRead), nullptr);
  memory.set_peers(&peer);
  EXPECT_EQ(memory.translate(OnePeer::kAt + 3, 13, DmaAccess::kWrite), &peer.memory[3]);
  EXPECT_EQ(memory.translate(OnePeer::kAt + 3, 14, DmaAccess::kWrite), nullptr);
  EXPECT_EQ(memory.refused(), 2u);
  const int asked = peer.asked;
  ASSERT_TRUE(memory.map({.iova = OnePeer::kAt, .size = 4096, .readable = true, .writeable = true},
                         sys::Fd(), 0));
  EXPECT_EQ(memory.translate(OnePeer::kAt, 16, DmaAccess::kRead), nullptr)
      << "a region that no DMA reaches";
  EXPECT_EQ(peer.asked, asked) << "what is the guest's memory is no peer's";
  EXPECT_EQ(memory.refused(), 3u);
}

}  // namespace
}  // namespace nobounce::emulator::vfio_user
