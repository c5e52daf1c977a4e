// SPDX-License-Identifier: Apache-2.0
#include "measure/traced_calls.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <limits>

namespace nobounce::measure {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

sys::CallMoment begins(std::uint32_t thread, std::uint64_t ns, std::int64_t number) {
  return {.ns = ns, .thread = thread, .number = number};
}

sys::CallMoment ends(std::uint32_t thread, std::uint64_t ns, std::int64_t number,
                     std::int64_t result = 0) {
  return {.ns = ns, .thread = thread, .is_end = true, .number = number, .result = result};
}

TEST(TracedCalls, AreWhatOneThreadBeginsAndEnds) {
  TracedCalls calls;
  for (const auto& moment : {begins(1, 100, SYS_read), begins(2, 110, SYS_read),
                             ends(1, 130, SYS_read, 4096), ends(2, 150, SYS_read, -EAGAIN),
                             begins(1, 160, SYS_write), ends(1, 165, SYS_write, -EPIPE)})
    calls.add(moment);
  calls.settle_before(kAll);
  const sys::CallTimes& reads = calls.by_name().at("read");
  EXPECT_EQ(reads.calls(), 2u);
  EXPECT_EQ(reads.min_ns(), 30u);
  EXPECT_EQ(reads.max_ns(), 40u);
  EXPECT_EQ(reads.would_block(), 1u);
  EXPECT_EQ(calls.by_name().at("write").errors(), 1u);
}

TEST(TracedCalls, AreFoundThoughTheRingOfOneCpuIsReadBeforeThatOfAnother) {
  TracedCalls calls;
  // The end lies in the ring that was read first, and the beginning comes with the next reading.
  calls.add(ends(1, 205, SYS_read));
  calls.settle_before(200);
  EXPECT_TRUE(calls.by_name().empty());
  calls.add(begins(1, 190, SYS_read));
  calls.settle_before(300);
  EXPECT_EQ(calls.by_name().at("read").total_ns(), 15u);
}

TEST(TracedCalls, HalvesAreNone) {
  TracedCalls calls;
  calls.add(ends(1, 10, SYS_execve));        // Begun before it was traced.
  calls.add(begins(1, 20, SYS_exit_group));  // Never ends.
  calls.add(begins(2, 30, SYS_read));
  calls.add(ends(2, 40, SYS_write));  // Its beginning is missing.
  calls.settle_before(kAll);
  EXPECT_TRUE(calls.by_name().empty());
}

}  // namespace
}  // namespace nobounce::measure
