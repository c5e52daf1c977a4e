// SPDX-License-Identifier: Apache-2.0
// A guest that changes its memory while the NIC reads it. Whatever it does, the NIC neither crashes
// nor touches what is not the guest's; ASan and UBSan watch, and a write past the guest's memory
// meets a read-only page.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "base/random.h"
#include "fuzz/rings.h"
#include "fuzz/targets.h"

namespace nobounce::fuzz {
namespace {

/// Writes over rings, descriptors, buffers and headers of both guests, as fast as it can.
class Scribbler {
 public:
  explicit Scribbler(std::array<GuestRam, 2>& rams)
      : thread_([this, &rams] {
          Random random(7);
          while (!stop_.load(std::memory_order_relaxed)) {
            GuestRam& ram = rams[random.below(2)];
            // Half of it where the rings are, which are small.
            const std::uint64_t where = random.below(2) == 0
                                            ? Guest::kRings + random.below(8 * Guest::kRingBytes)
                                            : random.below(GuestRam::kBytes - 8);
            const std::uint64_t value = random.below(4) == 0 ? random.next() : random.below(4096);
            std::memcpy(ram.at(where), &value, 1 + random.below(8));
            writes_.fetch_add(1, std::memory_order_relaxed);
          }
        }) {}
  ~Scribbler() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint64_t writes() const { return writes_; }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> writes_ = 0;
  std::thread thread_;
};

TEST(ChangingGuest, guards_lie_on_both_sides_of_its_memory) {
  const std::array<GuestRam, 2> rams;
  for (const GuestRam& ram : rams)
    EXPECT_TRUE(ram.is_guarded());
}

TEST(ChangingGuest, frames_get_through_to_one_that_keeps_still) {
  std::array<GuestRam, 2> rams;
  std::uint64_t received = 0;
  for (std::uint64_t number = 0; number < 50; ++number) {
    const auto input = seed_input(number);
    Choices choices(input);
    TwoGuests guests(rams, choices);
    while (choices.any_left())
      guests.act();
    received += guests.finish().rx.packets;
  }
  EXPECT_GT(received, 50u) << "inputs that get nowhere prove nothing";
}

TEST(ChangingGuest, neither_crashes_the_nic_nor_makes_it_leave_guest_memory) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "what the guest does is a race on purpose";
#endif
  std::array<GuestRam, 2> rams;
  const Scribbler scribbler(rams);
  for (std::uint64_t number = 1000; number < 1100; ++number) {
    const auto input = seed_input(number);
    Choices choices(input);
    TwoGuests guests(rams, choices);
    while (choices.any_left())
      guests.act();
    guests.finish();
  }
  EXPECT_GT(scribbler.writes(), 1000u);
}

}  // namespace
}  // namespace nobounce::fuzz
