// SPDX-License-Identifier: Apache-2.0
#include "measure/thread_usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "host_tree.h"
#include "sys/system_constants.h"

namespace nobounce::measure {
namespace {

// A line of a 6.18 kernel, its name made awkward.
constexpr const char* kAwkward =
    "4242 (a) b (c) S 1 4242 4242 0 -1 4194304 100 0 0 0 250 130 0 0 20 0 2 0 987654 0 0 0 0 0";

TEST(Threads, HaveTheTimesBehindAnAwkwardName) {
  const auto thread = parse_thread(kAwkward, 100);
  ASSERT_TRUE(thread) << to_string(thread.error());
  EXPECT_EQ(thread->name, "a) b (c");
  EXPECT_EQ(thread->times.user_us, 2'500'000u);
  EXPECT_EQ(thread->times.system_us, 1'300'000u);
  EXPECT_EQ(thread->started_ticks, 987654u);
}

TEST(Threads, ThatMakeNoSenseAreRefused) {
  for (const char* text : {"", "1 name S", "1 (name) S 1 2", "1 (name",
                           "1 (n) S 1 1 1 0 -1 0 0 0 0 0 x 1 0 0 20 0 1 0 9 0"}) {
    EXPECT_EQ(parse_thread(text, 100).error().code, Code::kProtocol) << text;
  }
}

Thread thread(const char* name, std::uint64_t started, std::uint64_t user, std::uint64_t system) {
  return {.name = name, .started_ticks = started, .times = {.user_us = user, .system_us = system}};
}

TEST(ThreadUsage, IsByNameAndTakesANewThreadWhole) {
  const Threads before{{10, thread("main", 1, 100, 10)},
                       {11, thread("worker", 2, 50, 5)},
                       {12, thread("gone", 2, 9, 9)},
                       {13, thread("old", 2, 7, 7)}};
  const Threads after{{10, thread("main", 1, 150, 30)},
                      {11, thread("worker", 2, 55, 5)},
                      {13, thread("worker", 90, 3, 1)},  // The number was given anew.
                      {14, thread("iou-wrk-10", 91, 0, 40)}};
  const ThreadUsage usage = thread_usage_between(before, after);
  ASSERT_EQ(usage.size(), 3u);
  EXPECT_EQ(usage.at("main").user_us, 50u);
  EXPECT_EQ(usage.at("main").system_us, 20u);
  EXPECT_EQ(usage.at("worker").user_us, 8u);
  EXPECT_EQ(usage.at("worker").system_us, 1u);
  EXPECT_EQ(usage.at("iou-wrk-10").system_us, 40u);
}

TEST(Threads, OfATreeAreThoseWithANumber) {
  const HostTree tree({{"4242/stat", kAwkward}, {"notes/stat", "no thread"}});
  const auto threads = read_threads(tree.root(), 100);
  ASSERT_TRUE(threads);
  ASSERT_EQ(threads->size(), 1u);
  EXPECT_EQ(threads->begin()->first, 4242u);
  EXPECT_FALSE(read_threads(tree.root() + "/none", 100));
}

TEST(Threads, OfThisProcessUseTime) {
  const std::uint64_t ticks = sys::clock_ticks_per_second();
  const auto before = read_threads("/proc/self/task", ticks);
  ASSERT_TRUE(before) << to_string(before.error());
  std::uint64_t used_us = 0;
  while (used_us == 0) {
    for (const auto& [name, times] :
         thread_usage_between(*before, *read_threads("/proc/self/task", ticks)))
      used_us += times.user_us + times.system_us;
  }
}

}  // namespace
}  // namespace nobounce::measure
