// SPDX-License-Identifier: Apache-2.0
// Path zerocopy over a kernel that is played; what it shares with devmem is tested in
// devmem_tx_test.cc.
#include "path/zerocopy_tx.h"

#include <gtest/gtest.h>

#include "fake_kernel.h"
#include "memory/host_memory.h"
#include "unreachable_region.h"

namespace nobounce::path {
namespace {

class ZerocopyTx : public testing::Test {
 protected:
  void SetUp() override {
    region = *memory::open_host_memory(4 << 20);
    base = reinterpret_cast<std::uintptr_t>(region->cpu_view()->data());
    sender = *ZerocopySender::open(kernel, *region);
  }

  FakeKernel kernel;
  std::unique_ptr<memory::Region> region;
  std::uintptr_t base = 0;
  std::unique_ptr<ZerocopySender> sender;
};

TEST_F(ZerocopyTx, SendsFromTheRegionAndSettlesByNotifications) {
  kernel.max_send = 1000;
  EXPECT_EQ(*sender->send({123, 4000}), 1000u);
  ASSERT_EQ(kernel.sent.size(), 1u);
  EXPECT_EQ(kernel.sent[0].offset, base + 123);
  EXPECT_EQ(kernel.sent[0].flags, MSG_ZEROCOPY);
  EXPECT_EQ(kernel.sent[0].binding, 0u);
  EXPECT_EQ(sender->counts().sends_in_flight, 1u);
  EXPECT_FALSE(*sender->settle());
  kernel.notify(0, 0, SO_EE_CODE_ZEROCOPY_COPIED);
  EXPECT_TRUE(*sender->settle());
  EXPECT_EQ(sender->counts().sends_copied, 1u);
  EXPECT_EQ(sender->counts().bytes, 1000u);
}

// All that is asked for counts against RLIMIT_MEMLOCK.
TEST_F(ZerocopyTx, AsksForNoMoreThanASendBufferTakes) {
  EXPECT_EQ(*sender->send({0, 4 << 20}), std::uint64_t{1} << 20);
}

TEST_F(ZerocopyTx, SendsPlainlyWhatTheKernelHasNoMemoryToNotifyOf) {
  kernel.send_results = {-ENOBUFS};
  EXPECT_EQ(*sender->send({0, 100}), 100u);
  EXPECT_EQ(kernel.sent.back().flags, 0);
  EXPECT_EQ(sender->counts().sends_degraded, 1u);
  EXPECT_EQ(sender->counts().sends_in_flight, 0u);
  EXPECT_TRUE(*sender->settle());

  // With sends in flight there is something to wait for: their memory comes back.
  EXPECT_EQ(*sender->send({0, 100}), 100u);
  kernel.send_results = {-ENOBUFS};
  EXPECT_EQ(*sender->send({100, 100}), 0u);
  EXPECT_EQ(sender->counts().sends_degraded, 1u);

  kernel.notify(0, 0);
  kernel.send_results = {-ENOBUFS, -ENOBUFS, -EAGAIN};
  EXPECT_EQ(*sender->send({100, 100}), 0u);
  kernel.send_results = {-ENOBUFS, -EPIPE};
  EXPECT_EQ(sender->send({100, 100}).error().code, Code::kPeerClosed);
}

TEST_F(ZerocopyTx, AwaitsNoNotificationWhereNoneIsToCome) {
  kernel.on_wait = [](short events) { return int{events}; };
  EXPECT_EQ(*sender->wait(Awaited::kRoom, -1), Wake::kReady) << "before the first send";

  EXPECT_EQ(*sender->send({0, 100}), 100u);
  kernel.send_results = {-ENOBUFS};
  EXPECT_EQ(*sender->send({100, 100}), 0u);
  EXPECT_EQ(*sender->wait(Awaited::kRoom, -1), Wake::kTimeout) << "for its memory";
  kernel.notify(0, 0);
  EXPECT_TRUE(*sender->settle());
  EXPECT_EQ(*sender->wait(Awaited::kRoom, -1), Wake::kReady) << "it came meanwhile";
}

TEST_F(ZerocopyTx, NeverSendsFromOutsideOfTheRegion) {
  for (const memory::Extent extent : {memory::Extent{4 << 20, 1}, memory::Extent{0, (4 << 20) + 1},
                                      memory::Extent{~std::uint64_t{0}, 2}}) {
    EXPECT_EQ(sender->send(extent).error().code, Code::kInvalidArgument);
  }
  EXPECT_TRUE(kernel.sent.empty());
}

TEST_F(ZerocopyTx, RefusesARegionThatCannotBePinnedAndASocketWithoutZerocopy) {
  UnreachableRegion unreachable(4096);
  EXPECT_EQ(ZerocopySender::open(kernel, unreachable).error().code, Code::kUnsupported);
  kernel.zerocopy_error = -EOPNOTSUPP;
  EXPECT_EQ(ZerocopySender::open(kernel, *region).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace nobounce::path
