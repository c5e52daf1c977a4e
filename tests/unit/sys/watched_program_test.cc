// SPDX-License-Identifier: Apache-2.0
#include "sys/watched_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/byte_stream.h"

namespace nobounce::sys {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

Result<WatchedProgram> start(const std::string& script, milliseconds patience,
                             std::vector<int> interrupts = {}) {
  return WatchedProgram::start({.name = "script",
                                .argv = {"sh", "-c", script},
                                .deadline = WatchedProgram::Clock::now() + patience,
                                .interrupts = std::move(interrupts)});
}

constexpr milliseconds kLong{30'000};

TEST(WatchedProgram, IsWaitedForUntilItHasSpokenAndUntilItEnds) {
  auto program = start("echo ready; echo more >&2; exit 3", kLong);
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->wait_for("ready"));
  const auto end = program->finish();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->status.code, 3);
  EXPECT_EQ(end->said, "ready\nmore\n");
}

TEST(WatchedProgram, ThatEndsUnheardSaysWhatItSaid) {
  auto program = start("echo sorry; exit 1", kLong);
  const Status ready = program->wait_for("ready");
  ASSERT_FALSE(ready);
  EXPECT_THAT(to_string(ready.error()), HasSubstr("exited with status 1: sorry"));
}

TEST(WatchedProgram, SaysByItsStatusThatSomethingIsLacking) {
  const auto code_with = [](int status) {
    auto program = WatchedProgram::start({.name = "script",
                                          .argv = {"sh", "-c", "echo why; exit 3"},
                                          .deadline = WatchedProgram::Clock::now() + kLong,
                                          .unsupported_status = status});
    const Status ready = program->wait_for("ready");
    EXPECT_THAT(to_string(ready.error()), testing::EndsWith("status 3: why"));
    return ready.error().code;
  };
  EXPECT_EQ(code_with(3), Code::kUnsupported);
  EXPECT_EQ(code_with(0), Code::kIo);
}

TEST(WatchedProgram, IsGivenUpAfterItsTime) {
  auto program = start("sleep 60", milliseconds(50));
  EXPECT_EQ(program->finish().error().code, Code::kTimeout);
}

TEST(WatchedProgram, IsGivenUpWhereSomebodyInterrupts) {
  const auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  auto program = start("sleep 60", kLong, {-1, pipe->first.get()});
  ASSERT_TRUE(write_all(pipe->second.get(), "x", "a pipe"));
  EXPECT_EQ(program->finish().error().code, Code::kInterrupted);
}

TEST(WatchedProgram, MayPutThingsBackWhenItIsStopped) {
  auto program =
      start("trap 'echo put back; exit 0' INT; echo ready; while :; do sleep 0.01; done", kLong);
  ASSERT_TRUE(program->wait_for("ready"));
  const EndOfProgram end = program->stop();
  EXPECT_TRUE(end.status.success());
  EXPECT_THAT(end.said, HasSubstr("put back"));
}

Result<WatchedProgram> start_on_order(milliseconds patience) {
  return WatchedProgram::start({.name = "script",
                                .argv = {"sh", "-c", "echo ready; cat; echo begun"},
                                .deadline = WatchedProgram::Clock::now() + patience,
                                .awaits_order = true});
}

TEST(WatchedProgram, BeginsOnItsOrder) {
  auto program = start_on_order(kLong);
  ASSERT_TRUE(program->wait_for("ready"));
  program->give_order();
  EXPECT_EQ(program->finish()->said, "ready\nbegun\n");
}

TEST(WatchedProgram, DoesNotBeginWithoutItsOrder) {
  auto program = start_on_order(milliseconds(200));
  EXPECT_EQ(program->finish().error().code, Code::kTimeout);
}

TEST(WatchedProgram, IsAskedToStopOnce) {
  auto program = start(
      "trap 'echo asked; sleep 0.2; exit 0' INT; echo ready; while :; do sleep 0.01; done", kLong);
  ASSERT_TRUE(program->wait_for("ready"));
  program->ask_to_stop();
  ASSERT_TRUE(program->wait_for("asked"));
  const EndOfProgram end = program->stop();
  EXPECT_TRUE(end.status.success());
  EXPECT_EQ(end.said, "ready\nasked\n");
}

TEST(WatchedProgram, ThatSaysMoreThanAnybodyReadsIsNotHeldUp) {
  auto program = start("head -c 1000000 /dev/zero | tr '\\0' x", kLong);
  const auto end = program->finish();
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->status.success());
  EXPECT_EQ(end->said.size(), WatchedProgram::kMostWordsBytes);
}

}  // namespace
}  // namespace nobounce::sys
