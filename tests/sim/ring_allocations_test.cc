// SPDX-License-Identifier: Apache-2.0
// The loops of paths zcrx and send_zc ask for no memory once they run.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "path/send_zc_tx.h"
#include "path/zcrx_rx.h"
#include "sim/counted_allocations.h"
#include "sys/uapi/io_uring_zcrx.h"

namespace nobounce::path {
namespace {

namespace uapi = sys::uapi;

constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kNiovs = 256;

// A kernel without end and without memory of its own: one connection, whose data never runs out,
// and sends that are taken whole and done at once.
class EndlessRing final : public sys::Ring {
 public:
  io_uring_sqe* next_submission() override {
    if (filled_ == entries_.size()) return nullptr;
    entries_[filled_] = {};
    return &entries_[filled_++];
  }
  [[nodiscard]] bool has_work() const override { return true; }
  int submit() override {
    for (std::size_t i = 0; i < filled_; ++i) {
      const io_uring_sqe& entry = entries_[i];
      if (entry.opcode == uapi::kOpRecvZc) request_ = entry.user_data;
      if (entry.opcode != IORING_OP_SEND_ZC) continue;
      post({.user_data = entry.user_data,
            .result = static_cast<int>(entry.len),
            .flags = IORING_CQE_F_MORE});
      post({.user_data = entry.user_data, .flags = IORING_CQE_F_NOTIF});
    }
    filled_ = 0;
    if (request_) receive();
    return 0;
  }
  int submit_and_wait(int) override { return submit(); }
  [[nodiscard]] sys::CompletionRun ready() const override {
    return {&completions_[taken_], /*are_wide=*/true, posted_ - taken_};
  }
  void consume(std::size_t count) override {
    taken_ += count;
    if (taken_ == posted_) taken_ = posted_ = 0;
  }
  int register_with(unsigned opcode, void* argument, unsigned) override {
    if (opcode != uapi::kZcrxIfqRegister) return opcode == IORING_REGISTER_BUFFERS ? 0 : -EINVAL;
    auto& asked = *static_cast<uapi::ZcrxQueueRegistration*>(argument);
    asked.offsets.tail = 64;
    asked.offsets.entries = 128;
    start_ = reinterpret_cast<std::byte*>(
        reinterpret_cast<const uapi::MemoryRegion*>(asked.region)->user_addr);
    return 0;
  }
  [[nodiscard]] std::uint32_t dropped_completions() const override { return 0; }
  [[nodiscard]] const sys::SyscallCounts& syscalls() const override { return counts_; }

 private:
  void post(const sys::RingCompletion& completion) { completions_[posted_++] = completion; }
  void receive() {
    // The kernel has consumed what came back.
    std::memcpy(start_, start_ + 64, sizeof(std::uint32_t));
    while (posted_ < 50) {
      post({.user_data = *request_,
            .result = kPage,
            .flags = IORING_CQE_F_MORE,
            .extra = std::uint64_t{niov_++ % kNiovs} * kPage});
    }
  }

  std::array<io_uring_sqe, 16> entries_{};
  std::size_t filled_ = 0;
  std::array<sys::RingCompletion, 64> completions_{};
  std::size_t posted_ = 0;
  std::size_t taken_ = 0;
  std::byte* start_ = nullptr;
  std::optional<std::uint64_t> request_;
  std::uint64_t niov_ = 0;
  sys::SyscallCounts counts_;
};

TEST(RingAllocations, ZcrxReceivesWithoutAny) {
  auto pump = *RingPump::open(std::make_unique<EndlessRing>(), -1);
  std::vector<std::byte> area(std::size_t{kNiovs} * kPage);
  auto queue =
      *ZcrxQueue::open(*pump, {.area = area, .interface = "eth0", .if_index = 2, .rx_queue = 1});
  auto receiver = *ZcrxReceiver::open(*queue, {.socket_fd = 3, .max_held_frags = 128});

  const std::uint64_t before = sim::counted_allocations();
  for (int i = 0; i < 1000; ++i) {
    const Result<Received> received = receiver->receive(30 * kPage);
    ASSERT_TRUE(received);
    ASSERT_EQ(received->outcome, ReceiveOutcome::kData);
  }
  EXPECT_EQ(sim::counted_allocations() - before, 0u);
  EXPECT_EQ(receiver->counts().bytes, 1000u * 30 * kPage);
}

TEST(RingAllocations, SendZcSendsWithoutAny) {
  auto pump = *RingPump::open(std::make_unique<EndlessRing>(), -1);
  std::vector<std::byte> region(kPage);
  auto sender = *SendZcSender::open(*pump, {.socket_fd = 3, .region = region});

  const std::uint64_t before = sim::counted_allocations();
  for (int i = 0; i < 1000; ++i) {
    const Result<std::uint64_t> sent = sender->send({0, kPage});
    ASSERT_TRUE(sent);
    ASSERT_EQ(*sent, kPage);
    ASSERT_TRUE(sender->settle().value());
  }
  EXPECT_EQ(sim::counted_allocations() - before, 0u);
}

}  // namespace
}  // namespace nobounce::path
