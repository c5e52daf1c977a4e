// SPDX-License-Identifier: Apache-2.0
// Every path of sockets that receives, over simulated kernels: whatever they do, and however long
// and in whatever order a consumer holds batches, the stream is whole, what is on loan stays as it
// is, and everything goes back.
#include <gtest/gtest.h>

#include "memory/host_memory.h"
#include "path/copy_rx.h"
#include "path/devmem_rx.h"
#include "path/mmap_rx.h"
#include "sim/simulated_nic.h"
#include "unit/path/fake_stream.h"
#include "unit/path/unreachable_region.h"

namespace nobounce::sim {
namespace {

using path::FakeStream;
using path::Frag;
using path::ReceiveOutcome;

constexpr std::uint64_t kBytes = 2 << 20;
constexpr int kPatience = 10'000;  // Calls without progress: then it is stuck.

// Holds some batches for a while, gives them back in any order, and looks at each byte when it
// comes and again before it goes.
class Consumer {
 public:
  using Look = std::function<bool(const Frag& frag, std::uint64_t position)>;

  Consumer(path::Receiver& receiver, std::uint64_t seed, Look look)
      : receiver_(receiver), random_(seed), look_(std::move(look)) {}

  std::function<void()> after_each_call = [] {};

  void run() {
    holds_ = random_.chance(0.3) ? 0 : 1 + random_.below(12);
    int idle = 0;
    while (true) {
      auto received = receiver_.receive(1 + random_.below(random_.chance(0.5) ? 100 : 100'000));
      ASSERT_TRUE(received) << to_string(received.error());
      after_each_call();
      idle = received->outcome == ReceiveOutcome::kData ? 0 : idle + 1;
      ASSERT_LT(idle, kPatience) << "stuck at " << position_;
      if (received->outcome == ReceiveOutcome::kEndOfStream) break;
      if (received->outcome == ReceiveOutcome::kFull) {
        ASSERT_FALSE(held_.empty()) << "full of nothing";
        give_all_back();
      }
      if (received->outcome == ReceiveOutcome::kWouldBlock) {
        const auto wake = receiver_.wait(0);
        ASSERT_TRUE(wake);
        // The NIC may be silent because it is all held here.
        if (*wake == path::Wake::kTimeout && random_.chance(0.2)) give_all_back();
      }
      if (received->outcome == ReceiveOutcome::kData) hold(std::move(received->batch));
      if (HasFatalFailure()) return;
    }
    give_all_back();
    ASSERT_TRUE(receiver_.flush());
    EXPECT_EQ(position_, kBytes);
    EXPECT_EQ(receiver_.counts().bytes, kBytes);
    EXPECT_EQ(receiver_.counts().tokens_outstanding, 0u);
  }

 private:
  struct Held {
    path::FragBatch batch;
    std::uint64_t position;
  };

  static bool HasFatalFailure() { return testing::Test::HasFatalFailure(); }

  void look_at(const Held& held) {
    std::uint64_t position = held.position;
    for (const Frag& frag : held.batch.frags()) {
      ASSERT_TRUE(look_(frag, position)) << "bytes from " << position;
      position += frag.length;
    }
    ASSERT_EQ(position, held.position + held.batch.bytes());
  }

  void hold(path::FragBatch batch) {
    held_.push_back({std::move(batch), position_});
    position_ += held_.back().batch.bytes();
    look_at(held_.back());
    while (held_.size() > holds_)
      give_back(random_.below(held_.size()));
  }

  void give_back(std::size_t index) {
    look_at(held_[index]);
    ASSERT_TRUE(held_[index].batch.give_back());
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    after_each_call();
  }

  void give_all_back() {
    while (!held_.empty() && !HasFatalFailure())
      give_back(random_.below(held_.size()));
  }

  path::Receiver& receiver_;
  Random random_;
  Look look_;
  std::size_t holds_ = 0;
  std::vector<Held> held_;
  std::uint64_t position_ = 0;
};

// kBytes in packets of any size, most of which can be mapped.
class ReceivePaths : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    stream.chaos = Random(GetParam());
    stream.on_wait = [this] {
      for (std::uint64_t packets = random.below(30); packets > 0 && left > 0; --packets) {
        const bool has_pages = random.chance(0.8);
        const std::uint64_t most = has_pages ? FakeStream::kPage * (1 + random.below(16)) : 9000;
        const std::uint64_t length =
            std::min(left, random.chance(0.7) ? most : 1 + random.below(most));
        stream.queue.push_back({length, has_pages});
        left -= length;
      }
      stream.has_ended = left == 0;
    };
  }

  FakeStream stream;
  Random random{GetParam() + 1};
  std::uint64_t left = kBytes;
};

TEST_P(ReceivePaths, Copy) {
  const auto region = *memory::open_host_memory(4096 * (1 + random.below(64)));
  const auto receiver = *path::CopyReceiver::open(stream, *region);
  Consumer(*receiver, GetParam() + 2, [&](const Frag& frag, std::uint64_t position) {
    return frag.is_in_region() && *region->matches(frag.extent(), FakeStream::kSeed, position);
  }).run();
}

TEST_P(ReceivePaths, CopyStaged) {
  path::UnreachableRegion region(4096 * (1 + random.below(256)));
  const auto receiver = *path::CopyReceiver::open(stream, region);
  Consumer(*receiver, GetParam() + 2, [&](const Frag& frag, std::uint64_t position) {
    return frag.is_in_region() && *region.matches(frag.extent(), FakeStream::kSeed, position);
  }).run();
  EXPECT_EQ(receiver->counts().staged_bytes, kBytes);
}

TEST_P(ReceivePaths, Mmap) {
  const auto receiver = *path::MmapReceiver::open(
      stream, {.window_bytes = FakeStream::kPage * (1 + random.below(64)),
               .copy_bytes = FakeStream::kPage * (2 + random.below(32)),
               .max_held_frags = static_cast<std::uint32_t>(2 + random.below(50))});
  Consumer(*receiver, GetParam() + 2, [&](const Frag& frag, std::uint64_t position) {
    return !find_pattern_mismatch(frag.host_bytes(), FakeStream::kSeed, position);
  }).run();
  EXPECT_EQ(receiver->counts().mapped_bytes + receiver->counts().linear_bytes, kBytes);
}

TEST_P(ReceivePaths, Devmem) {
  const auto niovs = static_cast<std::uint32_t>(8 + random.below(120));
  SimulatedNic nic(GetParam(), kBytes, niovs);
  // Both pools together have twice as many; a niov that is read in parts has several tokens.
  const auto max_held_frags = static_cast<std::uint32_t>(1 + random.below(niovs));
  const auto receiver = *path::DevmemReceiver::open(
      nic, {.bindings = {{100, nic.regions[0].size()}, {101, nic.regions[1].size()}},
            .max_held_frags = max_held_frags,
            .max_read_bytes = 4096 + random.below(1 << 18)});
  Consumer consumer(*receiver, GetParam() + 2, [&](const Frag& frag, std::uint64_t position) {
    std::span<const std::byte> bytes = frag.host_bytes();
    if (frag.is_in_region()) {
      bytes = std::span(nic.regions[frag.region_index]).subspan(frag.region_offset, frag.length);
    }
    return !find_pattern_mismatch(bytes, SimulatedNic::kSeed, position);
  });
  consumer.after_each_call = [&] { ASSERT_LE(nic.tokens_out(), max_held_frags); };
  consumer.run();
  EXPECT_EQ(nic.tokens_out(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReceivePaths, testing::Range<std::uint64_t>(0, 100));

}  // namespace
}  // namespace nobounce::sim
