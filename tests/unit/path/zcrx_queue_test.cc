// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_queue.h"

#include <gtest/gtest.h>

#include "zcrx_fixture.h"

namespace nobounce::path {
namespace {

class ZcrxQueueAlone : public Zcrx {};

TEST_F(ZcrxQueueAlone, RegistersTheAreaAndARingThatHoldsItsFrags) {
  open({.niovs = 16});
  EXPECT_EQ(ring->registration.if_index, 2u);
  EXPECT_EQ(ring->registration.rx_queue, 1u);
  EXPECT_EQ(ring->registration.refill_entries, 64u);
  EXPECT_EQ(ring->area.addr, reinterpret_cast<std::uintptr_t>(memory.data()));
  EXPECT_EQ(ring->area.length, memory.size());
  EXPECT_EQ(ring->area.flags, 0u);
  const auto wanted = ring_for_zcrx({.area = std::span(memory), .max_connections = 1000});
  EXPECT_GE(wanted.completions, 16 * kMaxFragsPerPage + 1000);
  EXPECT_TRUE(wanted.wide_completions);
  EXPECT_EQ(ring_for_zcrx({.dma_buf_fd = 3, .area_size = std::uint64_t{1} << 32}).completions,
            sys::kMaxRingCompletions);
  const ZcrxOptions small{.area = std::span(memory), .completions = 64};
  EXPECT_EQ(ring_for_zcrx(small).completions, 64u);
  EXPECT_GE(completions_for_zcrx(small), 16 * kMaxFragsPerPage);  // As many may be out as ever.
}

TEST_F(ZcrxQueueAlone, RegistersADmaBufByItsSize) {
  open({.is_dma_buf = true});
  EXPECT_EQ(ring->area.flags, uapi::kAreaOfDmaBuf);
  EXPECT_EQ(ring->area.dma_buf_fd, 40u);
  EXPECT_EQ(ring->area.addr, 0u);
  EXPECT_EQ(ring->area.length, memory.size());
}

TEST_F(ZcrxQueueAlone, FlushesItselfWhereThereIsNoNic) {
  open({.niovs = 16, .has_nic = false});
  EXPECT_EQ(ring->registration.flags, uapi::kRegisterWithoutNic);
  std::uint64_t position = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 8; ++i)
      ring->deliver_linear(kFd, 4096);
    const Received received = receive();
    ASSERT_EQ(received.batch.bytes(), 8u * 4096);
    EXPECT_TRUE(holds(received.batch.frags(), kFd, position));
    position += received.batch.bytes();
  }
  EXPECT_EQ(ring->flushes, 10);  // Once for a batch, not for each frag.
  EXPECT_EQ(receiver->counts().kernel_copied_bytes.value(), position);
}

TEST_F(ZcrxQueueAlone, KeepsWhatTheRefillRingHasNoRoomFor) {
  make({.niovs = 16});
  ring->zcrx.control_ops = 0;
  open_queue();
  receiver = connect(kFd, 200);
  // 128 references to 16 niovs, and a refill ring of 64 entries.
  for (int i = 0; i < 16; ++i)
    ring->deliver(kFd, 256, 8);
  {
    EXPECT_EQ(receive().batch.frags().size(), 128u);
  }
  EXPECT_EQ(ring->refill_waiting(), 64u);
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
  ring->consume_refill();
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(ring->refill_waiting(), 64u);
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u);
}

TEST_F(ZcrxQueueAlone, CountsAllocationFailuresOnceBetweenGiveBacks) {
  open({.niovs = 2});
  ring->deliver(kFd, 4096);
  ring->deliver(kFd, 4096);
  Received received = receive();
  EXPECT_FALSE(ring->deliver(kFd, 4096));
  EXPECT_FALSE(ring->deliver(kFd, 4096));
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(queue->statistics().allocation_failures.value(), 1u);
  EXPECT_EQ(ring->armed_events, 0);
  ASSERT_TRUE(received.batch.give_back());
  EXPECT_EQ(ring->armed_events, 1);
  EXPECT_TRUE(ring->deliver(kFd, 4096));
}

TEST_F(ZcrxQueueAlone, AnOldKernelHasNoStatisticsAndSaysSo) {
  make({});
  ring->knows_query = false;
  open_queue();
  receiver = connect(kFd);
  EXPECT_EQ(ring->registration.event_desc, 0u);
  EXPECT_FALSE(queue->statistics().copied_bytes.is_available());
  EXPECT_FALSE(receiver->counts().kernel_copied_bytes.is_available());
  ring->deliver(kFd, 4096);
  EXPECT_EQ(receive().batch.bytes(), 4096u);
  EXPECT_FALSE(receiver->counts().kernel_copied_bytes.is_available());
}

TEST_F(ZcrxQueueAlone, TakesNoMoreConnectionsThanAgreed) {
  open({.max_connections = 2});
  auto second = connect(8);
  auto third = ZcrxReceiver::open(*queue, {.socket_fd = 9});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::kExhausted);
  second = nullptr;
  EXPECT_NE(connect(9), nullptr);
}

TEST_F(ZcrxQueueAlone, RefusesOptionsThatCanNeverWork) {
  make({});
  const auto code = [&](auto change) {
    ZcrxOptions changed = options;
    change(changed);
    const auto opened = ZcrxQueue::open(*pump, changed);
    return opened ? Code::kIo : opened.error().code;
  };
  EXPECT_EQ(code([](auto& o) { o.area = {}; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.area = o.area.first(4097); }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.dma_buf_fd = 4; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.rx_buf_len = 2048; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.rx_buf_len = 12288; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.max_connections = 0; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.if_index = 0; }), Code::kInvalidArgument);  // Queue 1 of nothing.
  EXPECT_EQ(code([](auto& o) {
              o.dma_buf_fd = 4, o.area = {}, o.area_size = 4096, o.if_index = 0, o.rx_queue = 0;
            }),
            Code::kInvalidArgument);
  ring->zcrx.register_flags = 0;
  ring->zcrx.features = 0;
  ring->zcrx.area_flags = 0;
  EXPECT_EQ(code([](auto& o) { o.if_index = 0, o.rx_queue = 0; }), Code::kUnsupported);
  EXPECT_EQ(code([](auto& o) { o.rx_buf_len = 16384; }), Code::kUnsupported);
  EXPECT_EQ(code([](auto& o) { o.dma_buf_fd = 4, o.area = {}, o.area_size = 4096; }),
            Code::kUnsupported);
}

TEST_F(ZcrxQueueAlone, NamesWhatTheKernelRefusesToRegister) {
  make({});
  const std::pair<int, Code> cases[] = {
      {EPERM, Code::kPermission},   {ENODEV, Code::kNotFound},  {EOPNOTSUPP, Code::kUnsupported},
      {EEXIST, Code::kBusy},        {EBUSY, Code::kBusy},       {ERANGE, Code::kNotFound},
      {EINVAL, Code::kUnsupported}, {ENOMEM, Code::kExhausted}, {EFAULT, Code::kUnsupported}};
  for (const auto& [error, code] : cases) {
    ring->registration_error = error;
    const auto opened = ZcrxQueue::open(*pump, options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, code) << error;
    EXPECT_EQ(opened.error().sys_errno, error);
  }
}

TEST_F(ZcrxQueueAlone, RefusesARefillRingThatLeavesItsMemory) {
  const std::function<void(uapi::ZcrxQueueRegistration&, uapi::ZcrxArea&)> cases[] = {
      [](auto& r, auto&) { r.offsets.head = 0xfffffffc; },
      [](auto& r, auto&) { r.offsets.tail = 1 << 20; },
      [](auto& r, auto&) { r.offsets.tail = 2; },
      [](auto& r, auto&) { r.offsets.entries = 1 << 13; },
      [](auto& r, auto&) { r.offsets.entries = 12; },
      [](auto& r, auto&) { r.refill_entries *= 2; },
      [](auto&, auto& a) { a.token = 4096; },
  };
  for (const auto& tamper : cases) {
    make({});
    ring->tamper_registration = tamper;
    const auto opened = ZcrxQueue::open(*pump, options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kProtocol);
  }
}

}  // namespace
}  // namespace nobounce::path
