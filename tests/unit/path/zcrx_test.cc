// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_rx.h"

#include <gtest/gtest.h>

#include <list>

#include "base/random.h"
#include "fake_ring.h"

namespace nobounce::path {
namespace {

constexpr std::uint32_t kPage = 4096;
constexpr int kStopFd = 99;

struct Setting {
  std::uint32_t niovs = 16;
  bool is_dma_buf = false;
  bool has_nic = true;
  std::size_t completions = 1024;
  std::uint32_t max_connections = 4;
};

class Zcrx : public testing::Test {
 protected:
  // The fake may be changed between the two.
  void make(const Setting& setting) {
    auto owned = std::make_unique<FakeRing>(setting.completions);
    ring = owned.get();
    pump = *RingPump::open(std::move(owned), kStopFd);
    memory.assign(std::size_t{setting.niovs} * kPage, std::byte{});
    options = {.interface = "eth0",
               .if_index = setting.has_nic ? 2u : 0,
               .rx_queue = setting.has_nic ? 1u : 0,
               .max_connections = setting.max_connections};
    if (setting.is_dma_buf) {
      options.dma_buf_fd = 40;
      options.area_size = memory.size();
    } else {
      options.area = memory;
    }
  }
  void open_queue() {
    auto opened = ZcrxQueue::open(*pump, options);
    ASSERT_TRUE(opened) << to_string(opened.error());
    queue = std::move(*opened);
  }
  void open(const Setting& setting = {}, std::uint32_t max_held_frags = 64) {
    make(setting);
    open_queue();
    receiver = connect(kFd, max_held_frags);
  }
  std::unique_ptr<ZcrxReceiver> connect(int fd, std::uint32_t max_held_frags = 64) {
    auto opened = ZcrxReceiver::open(*queue, {.socket_fd = fd, .max_held_frags = max_held_frags});
    EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
    return opened ? std::move(*opened) : nullptr;
  }
  static Received receive(ZcrxReceiver& from, std::uint64_t max_bytes = 1 << 30) {
    auto received = from.receive(max_bytes);
    EXPECT_TRUE(received) << (received ? "" : to_string(received.error()));
    return received ? std::move(*received) : Received{};
  }
  Received receive(std::uint64_t max_bytes = 1 << 30) { return receive(*receiver, max_bytes); }
  Error failure() {
    auto received = receiver->receive(1 << 30);
    EXPECT_FALSE(received);
    return received ? Error{} : received.error();
  }
  /// Whether the frags hold the stream of `fd` from `position` on.
  [[nodiscard]] bool holds(std::span<const Frag> frags, int fd, std::uint64_t position) const {
    for (const Frag& frag : frags) {
      for (std::uint64_t i = 0; i < frag.length; ++i, ++position)
        if (memory.at(frag.region_offset + i) != stream_byte(fd, position)) return false;
    }
    return true;
  }

  static constexpr int kFd = 7;
  std::vector<std::byte> memory;
  ZcrxOptions options;
  FakeRing* ring = nullptr;
  std::unique_ptr<RingPump> pump;
  std::unique_ptr<ZcrxQueue> queue;
  std::unique_ptr<ZcrxReceiver> receiver;
};

TEST_F(Zcrx, RegistersTheAreaAndARingThatHoldsItsFrags) {
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
}

TEST_F(Zcrx, RegistersADmaBufByItsSize) {
  open({.is_dma_buf = true});
  EXPECT_EQ(ring->area.flags, uapi::kAreaOfDmaBuf);
  EXPECT_EQ(ring->area.dma_buf_fd, 40u);
  EXPECT_EQ(ring->area.addr, 0u);
  EXPECT_EQ(ring->area.length, memory.size());
}

TEST_F(Zcrx, YieldsFragsInOrderAndGivesThemBackWithoutASystemCall) {
  open();
  ring->deliver(kFd, 4096);
  ring->deliver(kFd, 1000, 3);
  {
    const Received received = receive();
    ASSERT_EQ(received.outcome, ReceiveOutcome::kData);
    ASSERT_EQ(received.batch.frags().size(), 4u);
    EXPECT_EQ(received.batch.bytes(), 7096u);
    EXPECT_TRUE(holds(received.batch.frags(), kFd, 0));
    EXPECT_EQ(receiver->counts().tokens_outstanding, 4u);
    EXPECT_EQ(ring->refill_waiting(), 0u);
  }
  EXPECT_EQ(ring->refill_waiting(), 4u);
  EXPECT_EQ(ring->flushes, 0);
  EXPECT_EQ(queue->syscalls().of(sys::Syscall::kIoUringEnter), 2u);  // Asked, and deferred work.
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u);
  EXPECT_EQ(receiver->counts().bytes, 7096u);
  EXPECT_EQ(receiver->counts().frags, 4u);
  EXPECT_EQ(receiver->counts().tokens_outstanding, 0u);
}

TEST_F(Zcrx, EntersTheKernelOnlyForAReason) {
  open();
  const auto entered = queue->syscalls().of(sys::Syscall::kIoUringEnter);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  EXPECT_EQ(queue->syscalls().of(sys::Syscall::kIoUringEnter), entered);
}

TEST_F(Zcrx, CutsAFragWhereTheCallerWantsNoMore) {
  open();
  ring->deliver(kFd, 4096);
  Received first = receive(1000);
  Received second = receive(3000);
  EXPECT_EQ(first.batch.bytes(), 1000u);
  EXPECT_EQ(second.batch.bytes(), 3000u);
  Received third = receive();
  EXPECT_EQ(third.batch.bytes(), 96u);
  // The niov stays until all that was cut from it is back, in whichever order that comes.
  ASSERT_TRUE(third.batch.give_back());
  ASSERT_TRUE(second.batch.give_back());
  EXPECT_EQ(ring->refill_waiting(), 0u);
  EXPECT_TRUE(holds(first.batch.frags(), kFd, 0));
  ASSERT_TRUE(first.batch.give_back());
  EXPECT_EQ(ring->refill_waiting(), 1u);
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u);
}

TEST_F(Zcrx, StopsAtTheFragsThatItMayHold) {
  open({}, 4);
  for (int i = 0; i < 6; ++i)
    ring->deliver(kFd, 100);
  Received first = receive(300);
  Received second = receive();
  EXPECT_EQ(second.batch.frags().size(), 1u);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  first.batch.append(std::move(second.batch));
  ASSERT_TRUE(first.batch.give_back());
  const Received rest = receive();
  EXPECT_EQ(rest.batch.frags().size(), 2u);
  EXPECT_TRUE(holds(rest.batch.frags(), kFd, 400));
}

TEST_F(Zcrx, TellsDataEndAndWouldBlockApart) {
  open();
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
  ring->deliver(kFd, 10);
  ring->end(kFd);
  EXPECT_EQ(receive().batch.bytes(), 10u);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kEndOfStream);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kEndOfStream);
  EXPECT_EQ(receiver->wait(0).value(), Wake::kReady);  // It has something to say.
}

TEST_F(Zcrx, HandsOutWhatCameBeforeAReset) {
  open();
  ring->deliver(kFd, 10);
  ring->end(kFd, ECONNRESET);
  EXPECT_EQ(receive().batch.bytes(), 10u);
  EXPECT_EQ(failure().code, Code::kPeerClosed);
  EXPECT_EQ(failure().code, Code::kPeerClosed);
}

TEST_F(Zcrx, NamesWhatEndsAReceive) {
  const std::pair<int, Code> cases[] = {{EFAULT, Code::kUnsupported},
                                        {ECONNRESET, Code::kPeerClosed},
                                        {ETIMEDOUT, Code::kTimeout},
                                        {ENOTCONN, Code::kPeerClosed}};
  for (const auto& [error, code] : cases) {
    receiver = nullptr;
    queue = nullptr;
    open();
    ring->end_request(kFd, -error);
    EXPECT_EQ(failure().code, code) << error;
  }
}

TEST_F(Zcrx, AsksAgainWhenARequestEndsForNoLastingReason) {
  open();
  for (const int error : {EINTR, EAGAIN, ENOBUFS, ENOSPC}) {
    ring->deliver(kFd, 100);
    Received received = receive();
    EXPECT_EQ(received.batch.bytes(), 100u) << error;
    ring->end_request(kFd, -error);
    ASSERT_TRUE(received.batch.give_back());
    EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock) << error;
    ASSERT_TRUE(receiver->wait(0));
    EXPECT_EQ(ring->requests_under_way(), 1u) << error;
  }
}

TEST_F(Zcrx, CountsRequestsThatFoundNoRoomAndLosesNothing) {
  open({.completions = 4});
  for (int i = 0; i < 10; ++i)
    ring->deliver(kFd, 4096);
  std::uint64_t position = 0;
  while (position < 10 * kPage) {
    const Received received = receive();
    ASSERT_NE(received.outcome, ReceiveOutcome::kEndOfStream);
    EXPECT_TRUE(holds(received.batch.frags(), kFd, position));
    position += received.batch.bytes();
  }
  EXPECT_EQ(receiver->counts().cq_overflows, 2u);
}

TEST_F(Zcrx, ReportsCompletionsThatTheKernelDropped) {
  open();
  ring->deliver(kFd, 10);
  ring->dropped = 3;
  EXPECT_EQ(receive().batch.bytes(), 10u);
  EXPECT_EQ(receiver->counts().cq_overflows, 3u);
  EXPECT_EQ(failure().code, Code::kExhausted);
}

TEST_F(Zcrx, RefusesFragsOutsideOfTheArea) {
  const std::uint64_t size = 16 * kPage;
  const std::pair<const char*, std::function<void(sys::RingCompletion&)>> cases[] = {
      {"past the end", [&](auto& c) { c.extra = FakeRing::kAreaToken | (size - 100); }},
      {"at the end", [&](auto& c) { c.extra = FakeRing::kAreaToken | size; }},
      {"another area", [&](auto& c) { c.extra -= std::uint64_t{1} << uapi::kZcrxAreaShift; }},
      {"no area", [&](auto& c) { c.extra = ~std::uint64_t{0}; }},
      {"over two niovs", [&](auto& c) { c.extra += 4000; }},
      {"empty", [&](auto& c) { c.result = 0; }},
      {"negative", [&](auto& c) { c.result = -5; }},
      {"huge", [&](auto& c) { c.result = 0x7fffffff; }},
      {"an end with bytes", [&](auto& c) { c.flags = 0; }},
  };
  for (const auto& [name, tamper] : cases) {
    receiver = nullptr;
    queue = nullptr;
    open();
    ring->deliver(kFd, 200);
    ring->deliver(kFd, 200);
    EXPECT_EQ(receive().batch.bytes(), 400u) << name;
    ring->tamper = tamper;
    ring->deliver(kFd, 200);
    EXPECT_EQ(failure().code, Code::kProtocol) << name;
    ring->tamper = nullptr;
  }
}

TEST_F(Zcrx, PassesOverCompletionsThatAreForNobody) {
  open();
  const std::uint64_t known = pump->user_data(0, 0);
  for (const std::uint64_t user_data :
       {std::uint64_t{0x3f} << 56, std::uint64_t{0xfe} << 56, known | std::uint64_t{9} << 48,
        known | 2, known | 0xffff, known | std::uint64_t{1} << 16,
        known | std::uint64_t{0x77} << 32}) {
    ring->post({.user_data = user_data, .result = 100, .flags = IORING_CQE_F_MORE});
  }
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);
}

TEST_F(Zcrx, CopiesNeedNoticeAndRoomInTheArea) {
  open({.niovs = 8});
  ring->deliver_linear(kFd, 60);
  ring->deliver(kFd, 4096);
  Received received = receive();
  EXPECT_TRUE(holds(received.batch.frags(), kFd, 0));
  EXPECT_EQ(receiver->counts().kernel_copied_bytes.value(), 60u);
  EXPECT_EQ(queue->statistics().copies.value(), 1u);
  ASSERT_TRUE(received.batch.give_back());

  // All niovs wait in the refill ring, where a copy can't get at them: they are flushed out of it.
  for (int i = 0; i < 8; ++i)
    ring->deliver(kFd, 4096);
  received = receive();
  ring->deliver_linear(kFd, 70);
  ring->deliver_linear(kFd, 80);
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kWouldBlock);  // Asked once more.
  EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  ASSERT_TRUE(received.batch.give_back());
  while (true) {
    received = receive();
    if (received.outcome != ReceiveOutcome::kWouldBlock) break;
    ASSERT_TRUE(receiver->wait(0));
  }
  EXPECT_EQ(received.batch.bytes(), 150u);
  EXPECT_EQ(ring->flushes, 1);
}

TEST_F(Zcrx, SaysSoWhenTheAreaIsTooSmallForACopy) {
  open({.niovs = 2});
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(ring->deliver(8, 4096));  // Nobody has asked for that.
  ring->deliver_linear(kFd, 100);
  {
    const auto other = connect(9);
    EXPECT_EQ(receive().outcome, ReceiveOutcome::kFull);
  }
  EXPECT_EQ(failure().code, Code::kExhausted);
}

TEST_F(Zcrx, SaysSoWhenBytesMissADmaBuf) {
  open({.is_dma_buf = true});
  EXPECT_EQ(receiver->counts().kernel_copied_bytes.value(), 0u);
  ring->end_request(kFd, -ENOMEM);
  const Error error = failure();
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_NE(error.fix.find("header split"), std::string::npos);
}

TEST_F(Zcrx, FlushesItselfWhereThereIsNoNic) {
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

TEST_F(Zcrx, KeepsWhatTheRefillRingHasNoRoomFor) {
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

TEST_F(Zcrx, CountsAllocationFailuresOnceBetweenGiveBacks) {
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

TEST_F(Zcrx, AnOldKernelHasNoStatisticsAndSaysSo) {
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

TEST_F(Zcrx, ServesConnectionsOfOneRingWithoutMixingThem) {
  open();
  const auto other = connect(8);
  ring->deliver(8, 100);
  ring->deliver(kFd, 200);
  ring->deliver(8, 300);
  EXPECT_EQ(receive().batch.bytes(), 200u);
  const Received received = receive(*other);
  EXPECT_EQ(received.batch.bytes(), 400u);
  EXPECT_TRUE(holds(received.batch.frags(), 8, 0));
}

TEST_F(Zcrx, TakesNoMoreConnectionsThanAgreed) {
  open({.max_connections = 2});
  auto second = connect(8);
  auto third = ZcrxReceiver::open(*queue, {.socket_fd = 9});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::kExhausted);
  second = nullptr;
  EXPECT_NE(connect(9), nullptr);
}

TEST_F(Zcrx, AConnectionThatLeavesTakesNothingWithIt) {
  open({.niovs = 4, .max_connections = 1});
  for (int cycle = 0; cycle < 100; ++cycle) {
    ring->deliver(kFd, 1000, 2);
    EXPECT_EQ(receive(1500).batch.bytes(), 1500u);
    ring->deliver(kFd, 4096);  // Comes while it leaves.
    receiver = nullptr;
    EXPECT_EQ(ring->requests_under_way(), 0u);
    ring->close(kFd);
    receiver = connect(kFd);
  }
  receiver = nullptr;
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u);
}

TEST_F(Zcrx, WaitsUntilSomethingComesOrTheUserHasEnough) {
  open();
  EXPECT_EQ(receiver->wait(10).value(), Wake::kTimeout);
  ring->on_wait = [&] { ring->deliver(kFd, 100); };
  EXPECT_EQ(receiver->wait(-1).value(), Wake::kReady);
  EXPECT_EQ(receiver->wait(-1).value(), Wake::kReady);  // Not received yet.
  EXPECT_EQ(receive().batch.bytes(), 100u);
  ring->on_wait = [&] { ring->readable.insert(kStopFd); };
  const auto stopped = receiver->wait(-1);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kInterrupted);
  EXPECT_FALSE(receiver->wait(-1));
}

TEST_F(Zcrx, ReportsAnEnterThatFails) {
  open();
  ring->enter_error = EBADF;
  const auto waited = receiver->wait(0);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().sys_errno, EBADF);
}

TEST_F(Zcrx, RefusesOptionsThatCanNeverWork) {
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

TEST_F(Zcrx, NamesWhatTheKernelRefusesToRegister) {
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

TEST_F(Zcrx, RefusesARefillRingThatLeavesItsMemory) {
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

// A NIC, a kernel and consumers at random, in few niovs and few completions.
class ZcrxSimulation : public Zcrx, public testing::WithParamInterface<std::uint64_t> {
 protected:
  struct Consumer {
    int fd = 0;
    std::uint64_t to_come = 0;
    std::uint64_t position = 0;
    bool has_ended = false;
    std::unique_ptr<ZcrxReceiver> receiver;
    struct Held {
      FragBatch batch;
      std::uint64_t position;
    };
    std::list<Held> held;
  };

  std::uint64_t below(std::uint64_t bound) { return random->below(bound); }

  void let_nic_work(Consumer& consumer) {
    // A copy that waits in front of packets which hold all niovs would wait for ever.
    if (consumer.to_come == 0 || ring->has_linear_waiting(consumer.fd)) return;
    const auto length =
        static_cast<std::uint32_t>(1 + below(std::min<std::uint64_t>(consumer.to_come, kPage)));
    if (!options.if_index || below(8) == 0) {
      ring->deliver_linear(consumer.fd, length);
    } else if (!ring->deliver(consumer.fd, length)) {
      return;
    }
    consumer.to_come -= length;
    if (consumer.to_come == 0) ring->end(consumer.fd);
  }

  void let_kernel_err(Consumer& consumer) {
    const int errors[] = {-ENOBUFS, -EINTR, -ENOSPC};
    if (below(50) == 0) ring->end_request(consumer.fd, errors[below(3)]);
  }

  void check_and_return(Consumer& consumer, std::list<Consumer::Held>::iterator held) {
    EXPECT_TRUE(holds(held->batch.frags(), consumer.fd, held->position));
    consumer.held.erase(held);
  }

  void let_consumer_work(Consumer& consumer) {
    auto received = consumer.receiver->receive(1 + below(3 * kPage));
    ASSERT_TRUE(received) << to_string(received.error());
    switch (received->outcome) {
      case ReceiveOutcome::kData:
        consumer.held.push_back({std::move(received->batch), consumer.position});
        consumer.position += consumer.held.back().batch.bytes();
        break;
      case ReceiveOutcome::kEndOfStream:
        consumer.has_ended = true;
        break;
      case ReceiveOutcome::kWouldBlock:
        if (below(2) == 0) {
          ASSERT_TRUE(consumer.receiver->wait(0));
        }
        break;
      case ReceiveOutcome::kFull:
        break;
    }
    if (consumer.held.empty()) return;
    if (below(3) == 0 || received->outcome == ReceiveOutcome::kFull) {
      auto held = consumer.held.begin();
      std::advance(held, static_cast<std::ptrdiff_t>(below(consumer.held.size())));
      check_and_return(consumer, held);
    }
  }

  std::optional<Random> random;
};

TEST_P(ZcrxSimulation, EveryByteArrivesOnceAndEveryNiovComesBack) {
  random.emplace(GetParam());
  make({.niovs = static_cast<std::uint32_t>(8 + below(32)),
        .has_nic = below(3) != 0,
        .completions = 4 + below(64)});
  open_queue();
  std::vector<Consumer> consumers(1 + below(4));
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    consumers[i].fd = static_cast<int>(10 + i);
    consumers[i].to_come = 1 + below(1 << 20);
    consumers[i].receiver = connect(consumers[i].fd, static_cast<std::uint32_t>(4 + below(20)));
  }
  std::vector<std::uint64_t> lengths;
  for (const Consumer& consumer : consumers)
    lengths.push_back(consumer.to_come);

  const auto all_ended = [&] {
    return std::all_of(consumers.begin(), consumers.end(),
                       [](const Consumer& consumer) { return consumer.has_ended; });
  };
  for (int step = 0; !all_ended() && step < 200'000; ++step) {
    Consumer& consumer = consumers[below(consumers.size())];
    let_nic_work(consumers[below(consumers.size())]);
    let_kernel_err(consumer);
    ASSERT_NO_FATAL_FAILURE(let_consumer_work(consumer)) << "seed " << GetParam();
  }
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    EXPECT_EQ(consumers[i].position, lengths[i]) << "seed " << GetParam();
    while (!consumers[i].held.empty())
      check_and_return(consumers[i], consumers[i].held.begin());
    consumers[i].receiver = nullptr;
  }
  ring->consume_refill();
  EXPECT_EQ(ring->niovs_in_use(), 0u) << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ZcrxSimulation, testing::Range<std::uint64_t>(1, 65));

}  // namespace
}  // namespace nobounce::path
