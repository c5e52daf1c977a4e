// SPDX-License-Identifier: Apache-2.0
// What the providers answer on a host that lacks what they need. Stand-ins for their devices:
// a path that does not exist, and /dev/null, which opens but knows no ioctl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "memory/accelerator.h"
#include "memory/dma_heap.h"
#include "memory/host_memory.h"
#include "memory/provider_error.h"
#include "memory/region.h"
#include "memory/region_size.h"
#include "memory/udmabuf.h"

namespace nobounce::memory {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// A file with a text, gone at the end of the test.
class TextFile {
 public:
  TextFile(const std::string& name, const std::string& text)
      : path_(testing::TempDir() + "nobounce_providers_test_" + std::to_string(::getpid()) + name) {
    std::ofstream(path_) << text;
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile() { std::remove(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Case {
  std::string_view provider;
  /// Opens with the given device and meminfo file.
  std::function<Result<std::unique_ptr<Region>>(std::uint64_t, std::string, std::string)> open;
};

class Providers : public testing::TestWithParam<Case> {
 protected:
  static Error error_of(std::uint64_t size, std::string device,
                        std::string meminfo = "/proc/meminfo") {
    auto region = GetParam().open(size, std::move(device), std::move(meminfo));
    EXPECT_FALSE(region.has_value());
    return region ? Error{} : region.error();
  }
};

TEST_P(Providers, RefuseSizesThatNoRegionCanHave) {
  for (const std::uint64_t size : {std::uint64_t{0}, (std::uint64_t{1} << 40) + 1, UINT64_MAX})
    EXPECT_EQ(error_of(size, "/dev/null").code, Code::kInvalidArgument) << size;
}

TEST_P(Providers, NameTheDeviceThatIsMissingAndTheFix) {
  const Error error = error_of(kMiB, "/nonexistent/device");
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_EQ(error.object, GetParam().provider);
  EXPECT_EQ(error.cause, "no /nonexistent/device");
  EXPECT_FALSE(error.fix.empty());
}

TEST_P(Providers, RefuseADeviceOfAnotherKind) {
  const Error error = error_of(kMiB, "/dev/null");
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_THAT(error.cause, testing::HasSubstr("/dev/null is no"));
  EXPECT_EQ(error_of(kMiB, "/dev").code, Code::kUnsupported);
}

TEST_P(Providers, RefuseMoreThanTheHostCanSpare) {
  const TextFile meminfo("meminfo", "MemAvailable: 1024 kB\n");
  const Error error = error_of(kMiB + 1, "/dev/null", meminfo.path());
  EXPECT_EQ(error.code, Code::kExhausted);
  EXPECT_THAT(error.cause, testing::HasSubstr("1.0 MiB available"));
  EXPECT_FALSE(error.fix.empty());
  // What just fits, or can't be known, gets as far as the device.
  EXPECT_EQ(error_of(kMiB, "/dev/null", meminfo.path()).code, Code::kUnsupported);
  EXPECT_EQ(error_of(kMiB, "/dev/null", "/nonexistent/meminfo").code, Code::kUnsupported);
}

INSTANTIATE_TEST_SUITE_P(
    All, Providers,
    testing::Values(Case{.provider = kUdmabuf,
                         .open =
                             [](std::uint64_t size, std::string device, std::string meminfo) {
                               return open_udmabuf(size, {.device = std::move(device),
                                                          .meminfo = std::move(meminfo)});
                             }},
                    Case{.provider = kDmaHeap,
                         .open =
                             [](std::uint64_t size, std::string device, std::string meminfo) {
                               return open_dma_heap(size, {.device = std::move(device),
                                                           .meminfo = std::move(meminfo)});
                             }}),
    [](const auto& chosen) { return chosen.param.provider == kUdmabuf ? "udmabuf" : "dma_heap"; });

TEST(Udmabuf, NamesTheModulesLimitWithItsFix) {
  const TextFile limit("limit", "64\n");
  const auto open = [&](std::uint64_t size) {
    return open_udmabuf(size, {.device = "/dev/null", .size_limit = limit.path()}).error();
  };
  const Error error = open(64 * kMiB + 1);
  EXPECT_EQ(error.code, Code::kExhausted);
  EXPECT_EQ(error.cause, limit.path() + " allows 64 MiB, 65 MiB are needed");
  EXPECT_EQ(error.fix, "echo 65 > " + limit.path());
  // The limit itself is allowed, so the next probe fails: the device.
  EXPECT_EQ(open(64 * kMiB).code, Code::kUnsupported);
}

TEST(Udmabuf, LeavesALimitThatItCannotReadToTheKernel) {
  const TextFile nonsense("nonsense", "none\n");
  for (const std::string& path : {nonsense.path(), std::string("/nonexistent/limit")}) {
    const auto region = open_udmabuf(kMiB, {.device = "/dev/null", .size_limit = path});
    EXPECT_EQ(region.error().code, Code::kUnsupported) << path;
  }
}

TEST(Udmabuf, ToldOfHugePagesRoundsUpToThem) {
  const TextFile limit("limit", "1\n");
  const auto region = open_udmabuf(1, {.size_limit = limit.path(), .huge_pages = true});
  EXPECT_THAT(region.error().cause,
              testing::AnyOf(testing::HasSubstr("2 MiB are needed"), "no /dev/udmabuf"));
}

TEST(DmaHeap, RefusesHugePagesWithItsReason) {
  const auto region = open_region("dma-heap", {.size = kMiB, .huge_pages = true});
  ASSERT_FALSE(region.has_value());
  EXPECT_EQ(region.error().code, Code::kUnsupported);
  EXPECT_THAT(region.error().cause, testing::HasSubstr("chooses its pages itself"));
}

TEST(HostMemory, IsPinnableZeroMemoryWithoutADmaBuf) {
  const auto region = open_region("host", {.size = kMiB + 1});
  ASSERT_TRUE(region.has_value()) << to_string(region.error());
  EXPECT_EQ((*region)->provider(), "host");
  EXPECT_EQ((*region)->size(), kMiB + 4096);
  EXPECT_EQ((*region)->dma_buf_fd().error().code, Code::kUnsupported);
  const auto view = *(*region)->pinnable_view();
  EXPECT_EQ(view.data(), (*region)->cpu_view()->data());
  EXPECT_EQ(view.size(), kMiB + 4096);
  EXPECT_EQ(view.back(), std::byte{0});
}

TEST(HostMemory, RefusesWhatTheHostCannotSpare) {
  const TextFile meminfo("meminfo", "MemAvailable: 1024 kB\n");
  EXPECT_EQ(open_host_memory(kMiB + 1, {.meminfo = meminfo.path()}).error().code, Code::kExhausted);
  EXPECT_TRUE(open_host_memory(kMiB, {.meminfo = meminfo.path()}));
  for (const std::uint64_t size : {std::uint64_t{0}, (std::uint64_t{1} << 40) + 1, UINT64_MAX}) {
    for (const bool huge : {false, true}) {
      EXPECT_EQ(open_host_memory(size, {.huge_pages = huge}).error().code, Code::kInvalidArgument);
    }
  }
}

// No host has set aside a terabyte; so the kernel refuses, and the figures come from stand-ins.
TEST(HostMemory, NamesTheEmptyPoolOfHugePagesAndTheCommandThatFillsIt) {
  const std::string pool = testing::TempDir() + "nobounce_pool_" + std::to_string(::getpid());
  std::filesystem::create_directory(pool);
  std::ofstream(pool + "/nr_hugepages") << "5\n";
  std::ofstream(pool + "/free_hugepages") << "3\n";
  const HostMemoryOptions options{.huge_page_pool = pool, .huge_pages = true};
  const Error error = open_host_memory(kMaxRegionBytes - 1, options).error();
  const Error no_pool =
      open_host_memory(kMaxRegionBytes, {.huge_page_pool = "/nonexistent/pool", .huge_pages = true})
          .error();
  std::filesystem::remove_all(pool);
  EXPECT_EQ(error.code, Code::kExhausted) << to_string(error);
  EXPECT_EQ(error.cause, pool + "/free_hugepages says 3, 524288 are needed");
  EXPECT_EQ(error.fix, "echo 524290 > " + pool + "/nr_hugepages");
  EXPECT_EQ(no_pool.code, Code::kUnsupported);
  EXPECT_EQ(no_pool.cause, "this kernel has no /nonexistent/pool");
}

TEST(ProviderError, SaysWhatTheErrnoOfADeviceMeans) {
  const ProviderProbe probe{.provider = "udmabuf", .device = "/dev/x", .fix = "modprobe x"};
  const auto explained = [&](int sys_errno) {
    return explain(error_from_errno(sys_errno, "UDMABUF_CREATE", "1.0 MiB"), probe);
  };
  EXPECT_EQ(explained(EACCES).code, Code::kPermission);
  EXPECT_EQ(explained(EACCES).cause, "no right to open /dev/x");
  EXPECT_EQ(explained(ENOMEM).code, Code::kExhausted);
  EXPECT_EQ(explained(ENOMEM).cause, "the kernel had no memory for UDMABUF_CREATE of 1.0 MiB");
  EXPECT_EQ(explained(EINVAL).code, Code::kInvalidArgument);
  EXPECT_EQ(
      to_string(explained(EINVAL)),
      "open region of udmabuf: UDMABUF_CREATE of 1.0 MiB failed: Invalid argument (errno 22)");
}

TEST(OpenRegion, KnowsItsProvidersByName) {
  EXPECT_THAT(provider_names(), testing::ElementsAre("udmabuf", "dma-heap", "host", "accelerator"));
  for (const std::string_view name : provider_names()) {
    const auto region = open_region(name, {.size = 0});
    ASSERT_FALSE(region.has_value());
    EXPECT_THAT(region.error().object, testing::HasSubstr(std::string(name)));
  }
}

TEST(OpenRegion, RefusesANameThatItDoesNotKnow) {
  const auto region = open_region("udmabug", {.size = kMiB});
  ASSERT_FALSE(region.has_value());
  EXPECT_EQ(region.error().code, Code::kInvalidArgument);
  EXPECT_EQ(to_string(region.error()),
            "open region of 'udmabug': no provider of that name "
            "(fix: use one of: udmabuf, dma-heap, host, accelerator)");
}

TEST(ProviderNames, GiveEachAcceleratorANumber) {
  EXPECT_EQ(full_provider_name("accelerator"), "accelerator:0");
  EXPECT_EQ(full_provider_name("accelerator:12"), "accelerator:12");
  EXPECT_EQ(full_provider_name("host"), "host");
  for (const char* name : {"udmabuf", "dma-heap", "host", "accelerator", "accelerator:3"})
    EXPECT_TRUE(is_provider_name(name)) << name;
  for (const char* name : {"", "udmabuf:0", "accelerator:", "accelerator:x", "accelerator:-1",
                           "accelerator:1x", "accelerator:4294967296", "accelerators"}) {
    EXPECT_FALSE(is_provider_name(name)) << name;
    EXPECT_EQ(open_region(name, {.size = kMiB}).error().code, Code::kInvalidArgument) << name;
  }
}

TEST(Accelerator, SaysThatThisHostHasNoRenderNode) {
  const auto region = open_accelerator(2, kMiB, {.directory = "/nonexistent/dri"});
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().code, Code::kUnsupported);
  EXPECT_EQ(region.error().cause, "/nonexistent/dri has no render node");
  EXPECT_FALSE(region.error().fix.empty());
}

TEST(Accelerator, RefusesHugePagesAndSizesThatNoRegionCanHave) {
  const auto huge = open_region("accelerator", {.size = kMiB, .huge_pages = true});
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, Code::kUnsupported);
  EXPECT_EQ(huge.error().cause, "a device's memory has no huge pages of this host's");
  EXPECT_EQ(open_region("accelerator:1", {.size = UINT64_MAX}).error().code,
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace nobounce::memory
