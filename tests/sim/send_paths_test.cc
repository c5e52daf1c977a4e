// SPDX-License-Identifier: Apache-2.0
// Every path of sockets that sends, over a simulated wire: whatever the kernel does, the stream is
// whole, and the region is not read after it was reported as done.
#include <gtest/gtest.h>

#include "memory/host_memory.h"
#include "path/copy_tx.h"
#include "path/devmem_tx.h"
#include "path/zerocopy_tx.h"
#include "sim/simulated_wire.h"
#include "unit/path/unreachable_region.h"

namespace nobounce::sim {
namespace {

constexpr std::uint64_t kRegion = 64 << 10;
constexpr int kRounds = 12;
constexpr int kPatience = 10'000;  // Calls without progress: then it is stuck.

class SendPaths : public testing::TestWithParam<std::uint64_t> {
 protected:
  // Fills the region anew in each round, once all that was sent from it is done.
  void run(path::Sender& sender, memory::Region& region) {
    std::uint64_t position = 0;
    for (int round = 0; round < kRounds; ++round) {
      memory::Extent extent{0, 1 + random.below(kRegion)};
      ASSERT_TRUE(region.fill(extent, SimulatedWire::kSeed, position));
      position += extent.length;
      for (int calls = 0; extent.length > 0; ++calls) {
        ASSERT_LT(calls, kPatience) << "stuck while sending";
        const auto sent = sender.send({extent.offset, 1 + random.below(extent.length)});
        ASSERT_TRUE(sent) << to_string(sent.error());
        extent.offset += *sent;
        extent.length -= *sent;
        if (*sent > 0) continue;
        ASSERT_TRUE(sender.wait(path::Awaited::kRoom, 0));
      }
      for (int calls = 0;; ++calls) {
        ASSERT_LT(calls, kPatience) << "stuck while settling";
        const auto settled = sender.settle();
        ASSERT_TRUE(settled) << to_string(settled.error());
        if (*settled) break;
        ASSERT_TRUE(sender.wait(path::Awaited::kSettled, 0));
      }
      ASSERT_EQ(wire.in_flight(), 0u);
      ASSERT_TRUE(region.fill({0, kRegion}, ~SimulatedWire::kSeed, 0));
    }
    EXPECT_TRUE(wire.is_intact);
    EXPECT_EQ(wire.taken, position);
    EXPECT_EQ(sender.counts().bytes, position);
    EXPECT_EQ(sender.counts().sends_in_flight, 0u);
  }

  SimulatedWire wire{GetParam()};
  Random random{GetParam() + 1};
};

TEST_P(SendPaths, Copy) {
  const auto region = *memory::open_host_memory(kRegion);
  const auto sender = *path::CopySender::open(wire, *region);
  run(*sender, *region);
}

TEST_P(SendPaths, CopyStaged) {
  path::UnreachableRegion region(kRegion);
  const auto sender = *path::CopySender::open(wire, region);
  run(*sender, region);
}

TEST_P(SendPaths, Zerocopy) {
  const auto region = *memory::open_host_memory(kRegion);
  const auto sender = *path::ZerocopySender::open(wire, *region);
  run(*sender, *region);
}

TEST_P(SendPaths, Devmem) {
  const auto region = *memory::open_host_memory(kRegion);
  wire.dma_buf = region->cpu_view()->data();
  wire.has_ample_memory = true;  // There is no plain send to fall back to.
  const auto sender = *path::DevmemSender::open(
      wire, {.dma_buf_id = 1, .max_sends_in_flight = 1u << random.below(8)});
  run(*sender, *region);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SendPaths, testing::Range<std::uint64_t>(0, 100));

}  // namespace
}  // namespace nobounce::sim
