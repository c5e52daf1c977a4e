// SPDX-License-Identifier: Apache-2.0
#include "path/low_water.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace nobounce::path {
namespace {

class HandClock final : public Clock {
 public:
  std::uint64_t ns = 1'000'000'000;
  [[nodiscard]] std::uint64_t now_ns() const override { return ns; }
};

// A queue that fills at a steady rate, and a poll that wakes as the kernel's does.
class Stream final : public sys::SocketCalls {
 public:
  explicit Stream(HandClock& clock) : clock_(clock) {}

  double bytes_per_ms = 0;
  std::uint64_t queued = 0;
  bool has_ended = false;
  int buffer = 32 << 20;
  std::uint64_t mark = 1;
  std::uint64_t highest_mark = 1;
  int changes = 0;
  int longest_wait_ms = 0;
  int result_of_change = 0;

  void pass(double ms) {
    clock_.ns += static_cast<std::uint64_t>(ms * 1e6);
    queued += static_cast<std::uint64_t>(ms * bytes_per_ms);
  }
  std::uint64_t read() { return std::exchange(queued, 0); }

  int wait(short, int timeout_ms) override {
    constexpr double kStepMs = 0.05;
    double waited = 0;
    while (queued < mark && !has_ended && (timeout_ms < 0 || waited < timeout_ms)) {
      if (waited > 10'000) return -ETIME;  // For ever.
      pass(kStepMs);
      waited += kStepMs;
    }
    longest_wait_ms = std::max(longest_wait_ms, static_cast<int>(waited));
    return queued >= mark || has_ended ? POLLIN : 0;
  }
  int setsockopt(int level, int name, std::span<const std::byte> value) override {
    EXPECT_EQ(level, SOL_SOCKET);
    EXPECT_EQ(name, SO_RCVLOWAT);
    int bytes = 0;
    std::memcpy(&bytes, value.data(), sizeof bytes);
    mark = static_cast<std::uint64_t>(bytes);
    highest_mark = std::max(highest_mark, mark);
    ++changes;
    return result_of_change;
  }
  int getsockopt(int, int name, std::span<std::byte> value) override {
    EXPECT_EQ(name, SO_RCVBUF);
    std::memcpy(value.data(), &buffer, sizeof buffer);
    return 0;
  }
  ssize_t recvmsg(msghdr&, int) override { return -EINVAL; }
  ssize_t sendmsg(const msghdr&, int) override { return -EINVAL; }
  int pending_error() override { return 0; }

 private:
  HandClock& clock_;
};

class LowWaterOfAStream : public testing::Test {
 protected:
  static constexpr std::uint64_t kMiB = 1 << 20;

  /// Reads `count` times, each after a wait; returns the bytes.
  std::uint64_t read(int count, std::uint64_t wanted = 0) {
    std::uint64_t bytes = 0;
    for (int i = 0; i < count; ++i) {
      const auto wake = low.wait(wanted, -1);
      if (!wake || *wake != Wake::kReady) {
        ADD_FAILURE() << "not woken";
        return bytes;
      }
      const std::uint64_t got = stream.read();
      if (got > 0) low.took(got);
      bytes += got;
    }
    return bytes;
  }

  HandClock clock;
  Stream stream{clock};
  LowWater low{stream, clock, 64 * kMiB};
};

TEST_F(LowWaterOfAStream, AFastStreamIsReadInFewLargePieces) {
  stream.bytes_per_ms = 200'000;  // 1.6 Gbit/s.
  EXPECT_LT(read(8), 8 * 20'000u);
  read(8);
  EXPECT_GT(read(100), 100 * kMiB);
  EXPECT_LE(stream.changes, 4);
  EXPECT_LE(stream.highest_mark, 2 * kMiB);
}

TEST_F(LowWaterOfAStream, ASlowStreamIsLeftAlone) {
  stream.bytes_per_ms = 3'000;  // 30 KB in 10 ms.
  read(200);
  EXPECT_EQ(stream.changes, 0);
}

TEST_F(LowWaterOfAStream, NobodyWaitsLongForAStreamThatPauses) {
  stream.bytes_per_ms = 200'000;
  read(40);
  ASSERT_GT(low.mark(), kMiB);
  stream.bytes_per_ms = 0;
  stream.queued = 10'000;
  stream.longest_wait_ms = 0;
  EXPECT_EQ(read(1), 10'000u);
  EXPECT_LE(stream.longest_wait_ms, 20);
  EXPECT_EQ(low.mark(), 1u);
  EXPECT_EQ(stream.mark, 1u);
  stream.queued = 100;
  stream.longest_wait_ms = 0;
  EXPECT_EQ(read(1), 100u);
  EXPECT_EQ(stream.longest_wait_ms, 0);
}

TEST_F(LowWaterOfAStream, ThePatienceIsThatOfTheRate) {
  stream.bytes_per_ms = 2'000'000;  // 16 Gbit/s: 2 MiB take a millisecond.
  read(40);
  ASSERT_GT(low.mark(), kMiB);
  stream.bytes_per_ms = 0;
  stream.queued = 10'000;
  stream.longest_wait_ms = 0;
  EXPECT_EQ(read(1), 10'000u);
  EXPECT_LE(stream.longest_wait_ms, 5);
}

// Messages with pauses between them: the wait at the end of each is what must become rare.
TEST_F(LowWaterOfAStream, WhoMissesItsMarkOftenRaisesItSeldom) {
  int misses = 0;
  int reads = 0;
  for (int message = 0; message < 200; ++message) {
    stream.bytes_per_ms = 200'000;
    for (int i = 0; i < 20; ++i, ++reads)
      read(1);
    stream.bytes_per_ms = 0;
    stream.queued = 1'000;
    const std::uint64_t before = low.mark();
    read(1);
    misses += before > 1 ? 1 : 0;
  }
  EXPECT_GT(misses, 0);
  EXPECT_LE(misses, reads / 60);
}

TEST_F(LowWaterOfAStream, IsNeverMoreThanIsWantedOrThereIsRoomFor) {
  stream.bytes_per_ms = 2'000'000;
  read(100, 300'000);
  EXPECT_LE(stream.highest_mark, 300'000u);
  EXPECT_GT(stream.highest_mark, 100'000u);

  stream.highest_mark = 1;
  LowWater small(stream, clock, 200'000);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(small.wait(0, -1));
    small.took(stream.read());
  }
  EXPECT_LE(stream.highest_mark, 200'000u);

  stream.highest_mark = 1;
  stream.buffer = 1 << 20;
  LowWater narrow(stream, clock, 64 * kMiB);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(narrow.wait(0, -1));
    narrow.took(stream.read());
  }
  EXPECT_LE(stream.highest_mark, 256u << 10);
  EXPECT_GT(stream.highest_mark, 1u);
}

TEST_F(LowWaterOfAStream, TheEndOfTheStreamIsNotWaitedFor) {
  stream.bytes_per_ms = 200'000;
  read(40);
  ASSERT_GT(low.mark(), 1u);
  stream.bytes_per_ms = 0;
  stream.has_ended = true;
  stream.longest_wait_ms = 0;
  EXPECT_EQ(low.wait(0, -1).value(), Wake::kReady);
  EXPECT_EQ(stream.longest_wait_ms, 0);
}

TEST_F(LowWaterOfAStream, KeepsToTheTimeOfItsCaller) {
  stream.bytes_per_ms = 100'000;
  read(40);
  ASSERT_GT(low.mark(), 1u);
  EXPECT_EQ(low.wait(0, 0).value(), Wake::kReady);  // Something may be there.
  stream.bytes_per_ms = 0;
  stream.longest_wait_ms = 0;
  EXPECT_EQ(low.wait(0, 3).value(), Wake::kTimeout);
  EXPECT_LE(stream.longest_wait_ms, 3);
}

TEST_F(LowWaterOfAStream, SaysWhatTheKernelRefused) {
  stream.bytes_per_ms = 200'000;
  read(8);
  stream.result_of_change = -ENOPROTOOPT;
  bool has_failed = false;
  for (int i = 0; i < 20 && !has_failed; ++i) {
    has_failed = !low.wait(0, -1).has_value();
    low.took(std::max<std::uint64_t>(stream.read(), 1));
  }
  EXPECT_TRUE(has_failed);
}

}  // namespace
}  // namespace nobounce::path
