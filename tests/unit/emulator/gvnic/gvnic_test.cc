// SPDX-License-Identifier: Apache-2.0
// The NIC as a whole: reset, link, doorbells, interrupts, turns and faults.
#include "emulator/gvnic/gvnic.h"
#include "manual_clock.h"

#include <gtest/gtest.h>

#include "unit/emulator/gvnic/control_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using namespace control_double;

constexpr std::uint32_t kRearm = 0x19;

bool status_has(DriverDouble& driver, std::uint32_t bits) {
  return (driver.read_register(Registers::kDeviceStatus) & bits) != 0;
}

TEST(Gvnic, RefusesOptionsThatCannotBe) {
  GuestRam ram;
  NullSink sink;
  ManualClock clock;
  for (const GvnicOptions& bad : {GvnicOptions{.queues = 0}, GvnicOptions{.queues = kMaxQueues + 1},
                                  GvnicOptions{.mtu = 67}, GvnicOptions{.mtu = kMaxMtu + 1}}) {
    const auto made = Gvnic::create(bad, {.memory = ram.memory, .wire = sink, .clock = clock});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kInvalidArgument);
  }
}

TEST(Gvnic, ShowsRegionsAndVectors) {
  DriverDouble driver;
  EXPECT_EQ(driver.nic->region_size(vfio_user::kBar0), 4096U);
  EXPECT_EQ(driver.nic->region_size(vfio_user::kBar2), 4096U);
  EXPECT_EQ(driver.nic->region_size(vfio_user::kBar3), 0U);
  EXPECT_EQ(driver.nic->irq_count(vfio_user::kMsix), 2 * DriverDouble::kQueues + 1);
  EXPECT_EQ(driver.nic->irq_count(vfio_user::kErr), 1u);  // QEMU asks for it
  EXPECT_EQ(driver.nic->irq_count(vfio_user::kIntx), 0U);
  EXPECT_EQ(driver.read_register(Registers::kMaxTxQueues), DriverDouble::kQueues);
  std::array<std::byte, 9> id{};
  ASSERT_TRUE(driver.nic->read(vfio_user::kConfigSpace, 0, id));
  EXPECT_EQ(load_le<std::uint32_t>(id.data()), 0x0042'1ae0U);
  EXPECT_GE(id[8], std::byte{1});  // the revision that selects the admin queue by address
}

TEST(Gvnic, ADriverCanResetInAnyState) {
  DriverDouble driver;
  const auto reset = [&] {
    driver.write_register(Registers::kDriverStatus, Registers::kReset);
    EXPECT_TRUE(status_has(driver, Registers::kIsReset));
    EXPECT_FALSE(driver.nic->is_running());
    EXPECT_EQ(driver.read_register(Registers::kAdminEventCounter), 0U);
    EXPECT_EQ(driver.read_register(Registers::kAdminDoorbell), 0U);
  };
  reset();
  driver.start();
  EXPECT_FALSE(status_has(driver, Registers::kIsReset));
  reset();
  driver.configure();
  driver.create_tx(0);
  driver.create_rx(0);
  reset();
  driver.nic->run();
  reset();
  driver.configure();
  driver.create_tx(0);
  driver.create_rx(0);
  EXPECT_EQ(driver.nic->statistics().resets, 4U);
  EXPECT_EQ(driver.nic->statistics().malformed_commands, 0U);
}

// As iPXE does: it takes a page number that is not 0 for a device that runs, and clears it.
TEST(Gvnic, ClearingTheAdminPageNumberIsAResetToo) {
  DriverDouble driver;
  driver.write_register(Registers::kAdminPfn, 0x4000);
  driver.configure();
  EXPECT_EQ(driver.read_register(Registers::kAdminPfn), 0x4000U);
  driver.write_register(Registers::kAdminPfn, 0x5000);
  EXPECT_TRUE(driver.nic->is_running());
  driver.write_register(Registers::kAdminPfn, 0);
  EXPECT_FALSE(driver.nic->is_running());
  EXPECT_TRUE(status_has(driver, Registers::kIsReset));
  driver.write_register(Registers::kAdminPfn, 0x4000);
  driver.configure();
  driver.write_register(Registers::kDriverStatus, Registers::kReset);
  EXPECT_EQ(driver.read_register(Registers::kAdminPfn), 0U);
  EXPECT_EQ(driver.nic->statistics().resets, 2U);
}

TEST(Gvnic, ANewDriverMayTakeOverARunningDevice) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(0);
  driver.configure();
  driver.create_rx(0);
  EXPECT_EQ(driver.nic->statistics().malformed_commands, 0U);
}

TEST(Gvnic, AClientsResetForgetsEverything) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.nic->reset();
  EXPECT_FALSE(driver.nic->is_running());
  EXPECT_EQ(driver.read_register(Registers::kDriverStatus), 0U);
  EXPECT_EQ(driver.read_register(Registers::kMaxRxQueues), DriverDouble::kQueues);
  driver.write_doorbell(DoorbellMap::kTxBase, 1);
  EXPECT_FALSE(driver.nic->run());
}

TEST(Gvnic, TheLinkFollowsTheCableAndSaysSo) {
  DriverDouble driver;
  driver.configure();
  driver.connect_vector(DriverDouble::kBlocks);
  EXPECT_FALSE(status_has(driver, Registers::kLinkUp));
  driver.nic->set_link_up(true);
  driver.nic->set_link_up(true);
  EXPECT_TRUE(status_has(driver, Registers::kLinkUp));
  EXPECT_EQ(driver.fired(DriverDouble::kBlocks), 1U);
  driver.write_register(Registers::kDriverStatus, Registers::kReset);
  EXPECT_TRUE(status_has(driver, Registers::kLinkUp));
  driver.nic->reset();
  EXPECT_TRUE(status_has(driver, Registers::kLinkUp));
}

TEST(Gvnic, ThePulledCableTakesTheLinkDownUntilItIsBack) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.create_rx(0);
  driver.connect_vector(DriverDouble::kBlocks);
  driver.nic->set_link_up(true);
  EXPECT_EQ(driver.fired(DriverDouble::kBlocks), 1U);
  driver.nic->set_cable(false);
  driver.nic->set_cable(false);
  EXPECT_FALSE(driver.nic->has_cable());
  EXPECT_FALSE(status_has(driver, Registers::kLinkUp));
  EXPECT_EQ(driver.fired(DriverDouble::kBlocks), 1U);

  driver.tx[0]->packets_to_send = 3;
  driver.nic->run();
  driver.nic->accept({});
  EXPECT_EQ(driver.tx[0]->packets_to_send, 0U);
  EXPECT_EQ(driver.rx[0]->counted.packets, 0U);
  EXPECT_EQ(driver.nic->statistics().dropped_no_cable, 4U);

  driver.nic->set_link_up(false);
  driver.nic->set_link_up(true);
  EXPECT_FALSE(status_has(driver, Registers::kLinkUp));
  driver.nic->reset();
  EXPECT_FALSE(status_has(driver, Registers::kLinkUp));
  driver.set_bus_master(true);
  driver.configure();
  driver.nic->set_cable(true);
  EXPECT_TRUE(status_has(driver, Registers::kLinkUp));
  EXPECT_EQ(driver.fired(DriverDouble::kBlocks), 1U);
  driver.nic->set_link_up(false);
  EXPECT_FALSE(status_has(driver, Registers::kLinkUp));
}

TEST(Gvnic, AHundredFlapsRaiseAHundredPairsOfInterrupts) {
  DriverDouble driver;
  driver.configure();
  driver.connect_vector(DriverDouble::kBlocks);
  driver.nic->set_link_up(true);
  for (int flap = 0; flap < 100; ++flap) {
    driver.nic->set_cable(false);
    driver.nic->set_cable(true);
  }
  EXPECT_EQ(driver.fired(DriverDouble::kBlocks), 201U);
  EXPECT_EQ(driver.nic->statistics().interrupts.management, 201U);
}

TEST(Gvnic, StrayDoorbellsAreIgnored) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  for (const std::uint32_t index : {DoorbellMap::kIrqBase + 31, DoorbellMap::kTxBase + 1,
                                    DoorbellMap::kRxBase + 15, DoorbellMap::kEnd, 1023U}) {
    driver.write_doorbell(index, ~0U);
  }
  const std::array<std::byte, 8> wide{};
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4088}}) {
    EXPECT_TRUE(driver.nic->write(vfio_user::kBar2, offset, wide));
    EXPECT_TRUE(driver.nic->write(vfio_user::kBar2, offset + 1, std::span(wide).first(4)));
    EXPECT_TRUE(driver.nic->write(vfio_user::kBar1, offset, wide));
  }
  std::array<std::byte, 8> read;
  read.fill(std::byte{0xff});
  EXPECT_TRUE(driver.nic->read(vfio_user::kBar2, 0, read));
  EXPECT_EQ(load_le<std::uint64_t>(read.data()), 0U);
  EXPECT_TRUE(driver.tx[0]->doorbells.empty());
}

TEST(Gvnic, WantsAnotherTurnWhileACoalescedPacketIsOpen) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(0);
  driver.rx[0]->packets_are_open = true;
  EXPECT_TRUE(driver.nic->run());
  driver.rx[0]->packets_are_open = false;
  EXPECT_FALSE(driver.nic->run());
}

TEST(Gvnic, OneQueueDoesNotStarveAnother) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.create_tx(1);
  driver.tx[0]->packets_to_send = 10 * Gvnic::kTxBudgetSegments;
  driver.tx[1]->packets_to_send = 1;
  EXPECT_TRUE(driver.nic->run());
  EXPECT_EQ(driver.tx[1]->packets_to_send, 0U);
  EXPECT_EQ(driver.tx[0]->packets_to_send, 9 * Gvnic::kTxBudgetSegments);
  int turns = 1;
  while (driver.nic->run())
    ++turns;
  EXPECT_EQ(driver.tx[0]->packets_to_send, 0U);
  EXPECT_LE(turns, 10);
}

/// Takes so many frames, and then no more until it is told.
struct SlowWire final : net::FrameSink {
  void accept(const net::Frame& frame) override {
    --room;
    ++taken[frame.tx_queue];
  }
  [[nodiscard]] bool is_ready() const override { return room != 0; }

  std::uint32_t room = 0;
  std::map<std::uint32_t, std::uint32_t> taken;
};

TEST(Gvnic, ABusyWireIsSharedByAllQueuesThatSend) {
  SlowWire wire;
  DriverDouble driver({.queues = kMaxQueues, .wire = &wire});
  driver.configure();
  for (std::uint32_t id = 0; id < kMaxQueues; ++id) {
    driver.create_tx(id);
    driver.nic->run();
  }
  // Two neighbours and a third far off: the idle ones between them change nothing.
  for (const std::uint32_t id : {2U, 3U, 11U})
    driver.tx[id]->packets_to_send = 100'000;
  constexpr std::uint32_t kTurns = 300;
  constexpr std::uint32_t kRoom = Gvnic::kTxBudgetSegments / 2;
  for (std::uint32_t turn = 0; turn < kTurns; ++turn) {
    wire.room = kRoom;
    EXPECT_FALSE(driver.nic->run());  // the wire, not another turn, is what the rest waits for
  }
  ASSERT_EQ(wire.taken.size(), 3U);
  for (const auto& [id, frames] : wire.taken)
    EXPECT_EQ(frames, kTurns / 3 * kRoom) << id;
  EXPECT_EQ(driver.tx[2]->packets_to_send, 100'000 - kTurns / 3 * kRoom);
  wire.room = 1'000'000;
  while (driver.nic->run()) {
  }
  EXPECT_EQ(driver.tx[2]->packets_to_send, 0U);
}

TEST(Gvnic, ABatchRaisesOneInterruptABlock) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(1);
  driver.create_rx(0);
  driver.connect_vector(1);
  driver.connect_vector(DriverDouble::kQueues);
  driver.write_doorbell(1, kRearm);
  driver.write_doorbell(DriverDouble::kQueues, kRearm);
  driver.tx[1]->packets_to_send = 5;
  const net::Frame frame{};
  for (int count = 0; count < 3; ++count)
    driver.nic->accept(frame);
  EXPECT_EQ(driver.fired(DriverDouble::kQueues), 0U);
  driver.nic->run();
  EXPECT_EQ(driver.fired(1), 1U);
  EXPECT_EQ(driver.fired(DriverDouble::kQueues), 1U);
  EXPECT_EQ(driver.rx[0]->counted.packets, 3U);
  driver.nic->accept(frame);
  driver.nic->end_batch();
  EXPECT_EQ(driver.fired(DriverDouble::kQueues), 0U);  // masked itself
  driver.write_doorbell(DriverDouble::kQueues, kRearm);
  EXPECT_EQ(driver.fired(DriverDouble::kQueues), 1U);  // and remembered
}

TEST(Gvnic, FramesForAQueueThatIsNotThereAreCounted) {
  DriverDouble driver;
  const net::Frame frame{};
  driver.nic->accept(frame);
  driver.configure();
  driver.create_rx(0);
  driver.nic->accept(frame);
  driver.set_bus_master(false);
  driver.nic->accept(frame);
  driver.set_bus_master(true);
  driver.nic->accept(frame);
  // Without bus mastering the NIC can reach no queue, whether it is there or not.
  EXPECT_EQ(driver.nic->statistics().dropped_no_queue, 1U);
  EXPECT_EQ(driver.nic->statistics().dropped_no_bus_master, 1U);
  EXPECT_EQ(driver.rx[0]->counted.packets, 2U);
}

TEST(Gvnic, AFaultedQueueAsksForAResetOnceAndTheOthersGoOn) {
  DriverDouble driver;
  driver.configure();
  driver.connect_vector(DriverDouble::kBlocks);
  driver.create_tx(0);
  driver.create_tx(1);
  driver.tx[0]->faulted_flag = true;
  driver.tx[1]->packets_to_send = 1;
  driver.nic->run();
  driver.nic->run();
  EXPECT_TRUE(status_has(driver, Registers::kResetWanted));
  EXPECT_EQ(driver.fired(DriverDouble::kBlocks), 1U);
  EXPECT_EQ(driver.tx[1]->packets_to_send, 0U);
  EXPECT_EQ(driver.nic->statistics().resets_wanted, 1U);

  driver.write_register(Registers::kDriverStatus, Registers::kReset);
  EXPECT_FALSE(status_has(driver, Registers::kResetWanted));
  driver.configure();
  driver.create_rx(0);
  driver.rx[0]->faulted_flag = true;
  driver.nic->run();
  EXPECT_EQ(driver.nic->statistics().resets_wanted, 2U);
}

TEST(Gvnic, WithoutBusMasteringNoQueueHasATurn) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.tx[0]->packets_to_send = 1;
  driver.set_bus_master(false);
  EXPECT_FALSE(driver.nic->run());
  EXPECT_EQ(driver.tx[0]->packets_to_send, 1U);
}

TEST(Gvnic, ModeratedInterruptsComeWhenTheyAreDue) {
  DriverDouble driver({.interrupt_moderation = true});
  driver.configure();
  driver.create_rx(0);
  driver.connect_vector(DriverDouble::kQueues);
  constexpr std::uint32_t kTwentyUs = 1 | 10 << 5;
  driver.write_doorbell(DriverDouble::kQueues, kTwentyUs);
  const auto receive = [&] {
    driver.nic->accept({});
    driver.nic->end_batch();
    return driver.fired(DriverDouble::kQueues);
  };
  EXPECT_EQ(receive(), 1U);
  EXPECT_EQ(driver.nic->due_ns(), std::nullopt);
  driver.write_doorbell(DriverDouble::kQueues, kRearm);
  EXPECT_EQ(receive(), 0U);
  EXPECT_EQ(driver.nic->due_ns(), driver.clock.ns + 20'000);
  driver.set_bus_master(false);
  EXPECT_EQ(driver.nic->due_ns(), std::nullopt);  // nothing would come of a turn
  driver.clock.ns += 20'000;
  driver.nic->run();
  EXPECT_EQ(driver.fired(DriverDouble::kQueues), 0U);
  driver.set_bus_master(true);
  EXPECT_FALSE(driver.nic->run());
  EXPECT_EQ(driver.fired(DriverDouble::kQueues), 1U);
  EXPECT_EQ(driver.nic->statistics().interrupts.raised, 2U);
  EXPECT_EQ(driver.nic->statistics().interrupts.moderated, 1U);
}

TEST(Gvnic, WhatWasBegunOutsideOfARunWantsOne) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(1);
  driver.nic->run();
  driver.nic->accept({});
  driver.rx[1]->packets_are_open = true;
  driver.nic->end_batch();
  EXPECT_EQ(driver.nic->due_ns(), driver.clock.ns);
  driver.set_bus_master(false);
  EXPECT_EQ(driver.nic->due_ns(), std::nullopt);
  driver.set_bus_master(true);
  EXPECT_EQ(driver.nic->due_ns(), driver.clock.ns);
  driver.rx[1]->packets_are_open = false;
  driver.nic->run();
  EXPECT_EQ(driver.nic->due_ns(), std::nullopt);

  driver.rx[1]->packets_are_open = true;
  driver.nic->end_batch();
  driver.nic->reset();
  EXPECT_EQ(driver.nic->due_ns(), std::nullopt);
}

TEST(Gvnic, ADriverAndAClientCanResetUnderLoad) {
  DriverDouble driver({.interrupt_moderation = true});
  for (int round = 0; round < 20; ++round) {
    driver.configure();
    for (std::uint32_t id = 0; id < DriverDouble::kQueues; ++id) {
      driver.create_tx(id);
      driver.create_rx(id);
      driver.tx[id]->packets_to_send = 1000;
      driver.write_doorbell(id, 1 | 10 << 5);
    }
    driver.connect_vector(0);
    EXPECT_TRUE(driver.nic->run());
    if (round % 3 == 0) driver.tx[1]->faulted_flag = true;
    driver.nic->run();
    EXPECT_EQ(status_has(driver, Registers::kResetWanted), round % 3 == 0);
    if (round % 2 == 0) {
      driver.nic->reset();
      driver.set_bus_master(true);
    } else {
      driver.write_register(Registers::kDriverStatus, Registers::kReset);
    }
    EXPECT_EQ(driver.nic->due_ns(), std::nullopt);
    EXPECT_FALSE(driver.nic->run());
    EXPECT_FALSE(status_has(driver, Registers::kResetWanted));
  }
  EXPECT_EQ(driver.nic->statistics().resets, 20U);
  EXPECT_EQ(driver.nic->statistics().malformed_commands, 0U);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
