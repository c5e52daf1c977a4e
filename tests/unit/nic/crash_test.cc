// SPDX-License-Identifier: Apache-2.0
// A process that holds a lease, or sets up, ends at any one step, and whoever comes next puts the
// NIC back exactly as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lease_fixture.h"

namespace nobounce::nic {
namespace {

using ::testing::Contains;
using testing::Device;
using ::testing::ElementsAre;
using testing::everything;
using testing::FakeNic;
using ::testing::HasSubstr;
using testing::kApplied;
using testing::kUndone;
using testing::LeaseTest;
using testing::request_for;
using testing::Script;

class CrashTest : public LeaseTest {
 protected:
  /// Runs `work` in a process that dies before or after its call number `step`. True if it got so
  /// far.
  template <typename Work>
  bool dies_at(int step, bool after, Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
      Script script;
      (after ? script.dies_after : script.dies_before) = step;
      work(script);
      ::_exit(1);  // Without the crash.
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
  }

  /// Lets `work` die at every step, and heals after each.
  template <typename Work, typename Heal>
  int crash_everywhere(Work work, Heal heal) {
    const Device found = *device_;
    int steps = 0;
    for (const bool after : {false, true}) {
      for (steps = 0; dies_at(steps, after, work); ++steps) {
        heal();
        EXPECT_EQ(*device_, found) << "died " << (after ? "after" : "before") << " step " << steps;
        *device_ = found;
      }
    }
    return steps;
  }

  void heal_by_undo() {
    const auto undone = undo();
    EXPECT_TRUE(undone) << to_string(undone.error());
    EXPECT_EQ(journal(), "");
  }
};

TEST_F(CrashTest, AtAnyStepOfALeaseIsHealedByUndo) {
  const int steps = crash_everywhere(
      [&](Script& script) {
        auto lease = take(script);
        if (lease) (void)lease->release();
      },
      [&] { heal_by_undo(); });
  EXPECT_EQ(steps, static_cast<int>(kApplied.size() + kUndone.size()));
}

TEST_F(CrashTest, AtAnyStepIsHealedByTheNextLease) {
  crash_everywhere(
      [&](Script& script) {
        auto lease = take(script);
        if (lease) (void)lease->release();
      },
      [&] {
        Script script;
        auto next = take(script, request_for(5202));
        ASSERT_TRUE(next) << to_string(next.error());
        EXPECT_THAT(next->queues(), ElementsAre(3)) << "the dead one's queue is free again";
        EXPECT_TRUE(next->release());
      });
}

TEST_F(CrashTest, WithAContextAndALocationOfTheDriversChoiceIsHealed) {
  device_->has_contexts = true;
  device_->chooses_location = true;
  device_->contexts[0].is_used = true;
  ReceiveRequest request = testing::request();
  request.queues = 2;
  const int steps = crash_everywhere(
      [&](Script& script) {
        auto lease = take(script, request);
        if (lease) (void)lease->release();
      },
      [&] { heal_by_undo(); });
  EXPECT_EQ(steps, 14);
}

TEST_F(CrashTest, OfASetupOrOfItsUndoingIsHealedByUndo) {
  const int steps = crash_everywhere(
      [&](Script& script) {
        (void)set_up(script, everything());
        FakeNic nic(*device_, script);
        (void)undo_setup(nic, place());
      },
      [&] { heal_by_undo(); });
  EXPECT_GT(steps, 20);
}

TEST_F(CrashTest, OfSeveralOwnersReportsWhatCouldNotBeUndoneOfEach) {
  const pid_t child = ::fork();
  if (child == 0) {
    Script script;
    const auto first = take(script);
    const auto second = take(script, request_for(5202));
    ::_exit(first && second ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 0);

  Script script{.refused = {0}};  // The rule of the first.
  FakeNic nic(*device_, script);
  const auto undone = undo_setup(nic, place());
  ASSERT_FALSE(undone);
  EXPECT_THAT(undone.error().cause, HasSubstr("flow rule: TCP to 10.0.0.2 port 5201"));
  heal_by_undo();
  EXPECT_EQ(*device_, before_);
}

// Where the driver leaves the table to whoever changes the channels, at any step as well.
TEST_F(CrashTest, OfASetupThatChangesChannelsBelowADefaultTableIsHealed) {
  device_->is_table_left = true;
  for (const std::uint32_t channels : {2U, 6U}) {
    SetupRequest request{.interface = "eth0", .queues = 1};
    request.channels.rx = channels;
    const int steps = crash_everywhere(
        [&](Script& script) {
          (void)set_up(script, request);
          FakeNic nic(*device_, script);
          (void)undo_setup(nic, place());
        },
        [&] { heal_by_undo(); });
    EXPECT_GT(steps, 8);
  }
}

// What an owner could not put back is set otherwise by the next one, who dies over it.
TEST_F(CrashTest, OverTheLeftoverOfAnotherStillGivesBackTheOriginal) {
  const auto with_ring = [](std::uint32_t slots) {
    SetupRequest request{.interface = "eth0"};
    request.rings.rx = slots;
    return request;
  };
  bool was_half_way = false;
  for (const bool after : {false, true}) {
    for (int step = 0;; ++step) {
      Script script;
      ASSERT_TRUE(set_up(script, with_ring(1024)));
      Script refusing;
      for (std::size_t call = 0; call < 20; ++call)
        refusing.refused.insert(call);
      FakeNic stubborn(*device_, refusing);
      ASSERT_FALSE(undo_setup(stubborn, place()));
      ASSERT_EQ(device_->rx_ring, 1024U);
      const bool died = dies_at(step, after, [&](Script& child) {
        // What would put it back first.
        for (std::size_t call = 0; call < refusing.calls.size(); ++call)
          child.refused.insert(call);
        (void)set_up(child, with_ring(2048));
      });
      was_half_way |= device_->rx_ring == 1024U &&
                      journal().find("setting rx-ring 512 2048 ") != std::string::npos;
      ASSERT_TRUE(undo());
      EXPECT_EQ(*device_, before_) << "died " << (after ? "after" : "before") << " step " << step;
      if (!died) break;
    }
  }
  EXPECT_TRUE(was_half_way);
}

TEST_F(CrashTest, LeavesTheOtherOwnersWhatTheyLiveOn) {
  Script script;
  auto living = take(script, request_for(5300));
  ASSERT_TRUE(living);
  crash_everywhere(
      [&](Script& child_script) {
        auto lease = take(child_script);
        if (lease) (void)lease->release();
      },
      [&] {
        const auto undone = undo();
        ASSERT_TRUE(undone) << to_string(undone.error());
        EXPECT_THAT(undone->in_use, Contains(HasSubstr("receives on queues 3")));
      });
  EXPECT_TRUE(living->release());
  EXPECT_EQ(*device_, before_);
}

}  // namespace
}  // namespace nobounce::nic
