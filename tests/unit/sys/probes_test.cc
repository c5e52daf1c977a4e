// SPDX-License-Identifier: Apache-2.0
// The probes, natively: what each kernel of these years has is expected, what may be missing must
// at least be named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "sys/cuda_driver.h"
#include "sys/directory_names.h"
#include "sys/fd.h"
#include "sys/huge_pages.h"
#include "sys/io_uring_probe.h"
#include "sys/mapping.h"
#include "sys/memfd.h"
#include "sys/pci_device.h"
#include "sys/pin_probe.h"
#include "sys/privileges.h"
#include "sys/socket_probe.h"
#include "sys/synced_file.h"
#include "sys/sysctl.h"

namespace nobounce::sys {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ProbeFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "probesXXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::filesystem::path& name, std::string_view text) const {
    std::filesystem::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name) << text;
  }

  std::filesystem::path directory_;
};

TEST(SocketProbe, ZeroCopySendingIsInEveryKernelOfTheseYears) {
  const Status zerocopy = probe_msg_zerocopy();
  EXPECT_TRUE(zerocopy) << to_string(zerocopy.error());
}

TEST(SocketProbe, WhatIsMissingIsUnsupportedAndNamed) {
  for (const auto& [status, name] :
       {std::pair(probe_tcp_zerocopy_receive(), "TCP_ZEROCOPY_RECEIVE"),
        std::pair(probe_devmem_dontneed(), "SO_DEVMEM_DONTNEED")}) {
    if (status) continue;
    EXPECT_EQ(status.error().code, Code::kUnsupported) << to_string(status.error());
    EXPECT_EQ(status.error().object, name);
  }
}

TEST(IoUringProbe, KnowsItsOperationsOrSaysWhyNot) {
  const auto ring = IoUringProbe::open();
  if (!ring) {
    EXPECT_THAT(to_string(ring.error()), HasSubstr("io_uring_setup"));
    return;
  }
  // A kernel with DEFER_TASKRUN has SEND_ZC as well.
  EXPECT_TRUE(ring->has(IoUringProbe::Operation::kSendZc));
  EXPECT_TRUE(ring->has(IoUringProbe::Operation::kSendmsgZc));
  // RECV_ZC and the registration come and go together.
  EXPECT_EQ(ring->has(IoUringProbe::Operation::kRecvZc).has_value(), ring->has_zcrx().has_value());
}

TEST(PinProbe, PinsMemoryOfAFileAndRefusesWhatHasNoPages) {
  constexpr std::size_t kBytes = 4096;
  const auto memory = create_memfd("pin-probe-test", kBytes);
  ASSERT_TRUE(memory) << to_string(memory.error());
  const auto mapping =
      Mapping::map(memory->get(), 0, kBytes, Mapping::Access::kReadWrite, "pin probe test");
  ASSERT_TRUE(mapping) << to_string(mapping.error());
  const Status pinned = probe_pinning(mapping->bytes());
  EXPECT_TRUE(pinned) << to_string(pinned.error());

  void* closed = ::mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(closed, MAP_FAILED);
  const Status refused = probe_pinning({static_cast<const std::byte*>(closed), kBytes});
  ::munmap(closed, kBytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
}

TEST(Privileges, AreReadFromTheStatusOfTheProcess) {
  const auto found = parse_effective_capabilities(
      "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t0000000000005000\nCapBnd:\tff\n");
  ASSERT_TRUE(found);
  EXPECT_TRUE(has_net_admin(*found));
  EXPECT_TRUE(has_ipc_lock(*found));
  EXPECT_FALSE(has_net_admin(0x4000));
  EXPECT_FALSE(has_ipc_lock(0x1000));
  for (const char* text : {"", "CapEff:\t1\n", "x\nCapEff:\t\n", "x\nCapEff:\t12 4\n",
                           "x\nCapEff:\tzz\n", "x\nCapEff:\t11111111111111111\n"}) {
    EXPECT_FALSE(parse_effective_capabilities(text)) << text;
  }
}

TEST(Privileges, OfThisProcessCanBeRead) {
  EXPECT_TRUE(effective_capabilities());
  EXPECT_TRUE(in_initial_user_namespace());
  EXPECT_TRUE(memlock_limit());
}

TEST(Sysctl, IsNumbersBetweenBlanks) {
  EXPECT_THAT(*parse_numbers("4096\t131072 6291456\n", "tcp_rmem"),
              ElementsAre(4096u, 131072u, 6291456u));
  for (const char* text : {"", "\n", "many", "1 two", "-1", "1.5", "18446744073709551616"})
    EXPECT_FALSE(parse_numbers(text, "x")) << text;
}

TEST(Sysctl, OfTheKernelCanBeRead) {
  const auto sizes = read_sysctl("net.ipv4.tcp_rmem");
  ASSERT_TRUE(sizes) << to_string(sizes.error());
  EXPECT_EQ(sizes->size(), 3u);
  const auto missing = read_sysctl("net.nobounce");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().object, "/proc/sys/net/nobounce");
}

TEST_F(ProbeFiles, ASettingMustExistToBeWritten) {
  write("setting", "1\n");
  const std::string path = (directory_ / "setting").string();
  ASSERT_TRUE(write_setting(path, "2"));
  EXPECT_THAT(*parse_numbers("2", path), ElementsAre(2u));
  EXPECT_FALSE(write_setting((directory_ / "no-setting").string(), "2"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "no-setting"));
}

TEST_F(ProbeFiles, HugePagesComeBySize) {
  write("hugepages-1048576kB/nr_hugepages", "2\n");
  write("hugepages-1048576kB/free_hugepages", "1\n");
  write("hugepages-2048kB/nr_hugepages", "64\n");
  write("hugepages-2048kB/free_hugepages", "60\n");
  write("something-else/nr_hugepages", "7\n");
  const auto pools = read_huge_pages(directory_.string());
  ASSERT_TRUE(pools) << to_string(pools.error());
  ASSERT_EQ(pools->size(), 2u);
  EXPECT_EQ((*pools)[0].page_bytes, std::uint64_t{2} << 20);
  EXPECT_EQ((*pools)[0].free, 60u);
  EXPECT_EQ((*pools)[1].page_bytes, std::uint64_t{1} << 30);
  EXPECT_EQ((*pools)[1].total, 2u);
}

TEST_F(ProbeFiles, HugePagesThatAreNoNumbersAreRefused) {
  EXPECT_TRUE(read_huge_pages((directory_ / "none").string())->empty());
  write("hugepages-2048kB/nr_hugepages", "many\n");
  write("hugepages-2048kB/free_hugepages", "1\n");
  EXPECT_FALSE(read_huge_pages(directory_.string()));
  write("hugepages-2048kB/nr_hugepages", "1\n");
  EXPECT_TRUE(read_huge_pages(directory_.string()));
  write("hugepages-18446744073709551615kB/nr_hugepages", "1\n");
  EXPECT_FALSE(read_huge_pages(directory_.string()));
}

TEST_F(ProbeFiles, NamesAreSortedAndAMissingDirectoryIsNamed) {
  write("b", "");
  write("a", "");
  EXPECT_THAT(*names_in(directory_.string()), ElementsAre("a", "b"));
  const std::string missing = (directory_ / "c").string();
  EXPECT_EQ(names_in(missing).error().object, missing);
  EXPECT_EQ(real_path(missing).error().object, missing);
}

TEST_F(ProbeFiles, ASyncedFileIsReplacedAsAWhole) {
  const std::string path = (directory_ / "state" / "file").string();
  for (const char* text : {"one", "two"}) {
    const Status written = replace_synced_file(path, text);
    ASSERT_TRUE(written) << to_string(written.error());
  }
  std::string text;
  std::ifstream(path) >> text;
  EXPECT_EQ(text, "two");
  // Nothing is left beside it.
  EXPECT_THAT(*names_in((directory_ / "state").string()), ElementsAre("file"));
  EXPECT_FALSE(replace_synced_file((directory_ / "x" / "y" / "file").string(), "one"));
  std::filesystem::create_directory(directory_ / "state" / "taken");
  EXPECT_FALSE(replace_synced_file((directory_ / "state" / "taken").string(), "one"));
  EXPECT_THAT(*names_in((directory_ / "state").string()), ElementsAre("file", "taken"));
}

/// A configuration space whose extended capabilities are the words given, by offset.
std::vector<std::byte> space(std::initializer_list<std::pair<std::size_t, std::uint32_t>> words) {
  std::vector<std::byte> bytes(4096);
  for (const auto& [offset, word] : words) {
    for (std::size_t i = 0; i < 4; ++i)
      bytes[offset + i] = static_cast<std::byte>(word >> 8 * i);
  }
  return bytes;
}

TEST(PciDevice, RedirectsPeersAsItsAcsControlSays) {
  constexpr std::uint32_t kAer = 0x14810001;  // The next capability is at 0x148.
  constexpr std::uint32_t kAcs = 0x0001000d;  // And that is the last one.
  EXPECT_FALSE(*redirects_peers(space({})));
  EXPECT_FALSE(*redirects_peers(space({{0x100, kAer}, {0x148, kAcs}, {0x14c, 0x0003001f}})));
  EXPECT_TRUE(*redirects_peers(space({{0x100, kAer}, {0x148, kAcs}, {0x14c, 0x0004001f}})));
  EXPECT_TRUE(*redirects_peers(space({{0x100, kAcs}, {0x104, 0x0008001f}})));
}

TEST(PciDevice, ABrokenListOfCapabilitiesEnds) {
  EXPECT_FALSE(*redirects_peers(space({{0x100, 0x10010001}})));  // It leads to itself.
  EXPECT_FALSE(*redirects_peers(space({{0x100, 0x04010001}})));  // Before the list.
  EXPECT_FALSE(*redirects_peers(space({{0x100, 0xffc10001}, {0xffc, 0x0001000d}})));
  EXPECT_FALSE(redirects_peers(std::vector<std::byte>(256)));  // What a user without rights reads.
}

TEST(PciDevice, ThatIsNotThereIsNamed) {
  EXPECT_THAT(pci_id("ffff:ff:1f.7").error().object, HasSubstr("ffff:ff:1f.7"));
  EXPECT_FALSE(redirecting_bridges("ffff:ff:1f.7"));
}

TEST(CudaDriver, IsFoundOrTheCallThatFailedIsNamed) {
  const auto driver = probe_cuda_driver();
  if (driver) {
    EXPECT_FALSE(driver->devices.empty());
    return;
  }
  EXPECT_EQ(driver.error().code, Code::kUnsupported);
  EXPECT_FALSE(driver.error().operation.empty());
  EXPECT_FALSE(driver.error().cause.empty());
}

}  // namespace
}  // namespace nobounce::sys
