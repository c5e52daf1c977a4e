// SPDX-License-Identifier: Apache-2.0
// The admin ring itself, and the commands about the device as a whole.
#include "emulator/gvnic/admin_queue.h"

#include <gtest/gtest.h>

#include "unit/emulator/gvnic/control_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using namespace control_double;

TEST(AdminQueue, AnswersAndCountsEachCommand) {
  DriverDouble driver;
  driver.start();
  driver.post(static_cast<AdminOpcode>(0x55), std::byte{});
  driver.post(AdminOpcode::kRegisterPageList, std::byte{});
  driver.post(AdminOpcode::kReportNicTimestamp, std::byte{});
  EXPECT_EQ(driver.read_register(Registers::kAdminEventCounter), 0U);
  driver.ring_admin();
  EXPECT_EQ(driver.read_register(Registers::kAdminEventCounter), 3U);
  for (std::uint32_t number = 0; number < 3; ++number) {
    EXPECT_EQ(driver.status_of(number), AdminStatus::kUnimplemented);
  }
  EXPECT_EQ(driver.nic->statistics().malformed_commands, 3U);
}

TEST(AdminQueue, WrapsAroundItsRing) {
  DriverDouble driver;
  driver.configure();
  const Be64 address = driver.scratch;
  for (int turn = 0; turn < 200; ++turn) {
    ASSERT_EQ(driver.execute(AdminOpcode::kReportLinkSpeed, address), AdminStatus::kPassed);
    driver.nic->run();
  }
  EXPECT_EQ(driver.read_register(Registers::kAdminEventCounter), 201U);
}

TEST(AdminQueue, ARingThatCannotBeDoesNotStart) {
  struct Case {
    std::uint64_t ring;
    std::uint16_t bytes;
  };
  for (const auto& [ring, bytes] :
       {Case{GuestRam::kNowhere, 4096}, Case{GuestRam::kBase, 0}, Case{GuestRam::kBase, 32},
        Case{GuestRam::kBase, 4000}, Case{GuestRam::kBase + GuestRam::kBytes - 64, 4096},
        Case{~std::uint64_t{0} - 63, 64}}) {
    DriverDouble driver;
    driver.start(ring, bytes);
    EXPECT_FALSE(driver.nic->is_running());
    driver.write_register(Registers::kAdminDoorbell, 1);
    EXPECT_EQ(driver.read_register(Registers::kAdminEventCounter), 0U);
    EXPECT_EQ(driver.nic->statistics().malformed_commands, 1U);
  }
}

TEST(AdminQueue, ADoorbellPastTheRingStopsItAndAsksForAReset) {
  DriverDouble driver;
  driver.configure();
  driver.write_register(Registers::kAdminDoorbell, 1000);
  EXPECT_FALSE(driver.nic->is_running());
  EXPECT_NE(driver.read_register(Registers::kDeviceStatus) & Registers::kResetWanted, 0U);
  driver.configure();
  EXPECT_EQ(driver.read_register(Registers::kDeviceStatus) & Registers::kResetWanted, 0U);
}

TEST(AdminQueue, FloodsOfCommandsAreTakenATurnAtATime) {
  DriverDouble driver;
  driver.configure();
  driver.nic->run();
  const Be64 address = driver.scratch;
  constexpr std::uint32_t kCommands = Gvnic::kAdminBudgetCommands - 4;
  for (int batch = 0; batch < 2; ++batch) {
    for (std::uint32_t i = 0; i < kCommands; ++i)
      driver.post(AdminOpcode::kReportLinkSpeed, address);
    driver.ring_admin();
  }
  driver.ring_admin();  // nor does it help to ask again
  const auto done = [&] { return driver.read_register(Registers::kAdminEventCounter) - 1; };
  EXPECT_EQ(done(), Gvnic::kAdminBudgetCommands);
  EXPECT_FALSE(driver.nic->run());
  EXPECT_EQ(done(), 2 * kCommands);
}

TEST(AdminQueue, ARingThatVanishesStops) {
  DriverDouble driver;
  driver.configure();
  driver.ram.memory.unmap_all();
  driver.write_register(Registers::kAdminDoorbell, 2);
  EXPECT_EQ(driver.read_register(Registers::kAdminEventCounter), 1U);  // the set-up's
  EXPECT_FALSE(driver.nic->is_running());
}

TEST(AdminQueue, WithoutBusMasteringNoCommandIsFetched) {
  DriverDouble driver;
  driver.start();
  driver.set_bus_master(false);
  driver.post(AdminOpcode::kDescribeDevice, std::byte{});
  driver.ring_admin();
  EXPECT_EQ(driver.status_of(0), AdminStatus::kUnset);
}

TEST(DescribeDevice, TellsWhatTheDeviceIsAndOffers) {
  DriverDouble driver;
  driver.start();
  const DescribeDeviceCommand command{
      .address = driver.scratch, .version = 1U, .available_bytes = 4096U};
  ASSERT_EQ(driver.execute(AdminOpcode::kDescribeDevice, command), AdminStatus::kPassed);
  const auto descriptor = driver.ram.load<DeviceDescriptor>(driver.scratch);
  EXPECT_EQ(descriptor.mac, (std::array<std::uint8_t, 6>{2, 'n', 'b', 0, 7, 1}));
  EXPECT_EQ(descriptor.default_queues, DriverDouble::kQueues);
  EXPECT_EQ(descriptor.mtu, 1500);

  // Walk the options as a driver does: they must end where the descriptor says.
  std::map<std::uint16_t, std::uint16_t> options;
  std::uint64_t at = driver.scratch + sizeof descriptor;
  for (int option = 0; option < descriptor.option_count; ++option) {
    const auto header = driver.ram.load<OptionHeader>(at);
    EXPECT_EQ(header.required_features, 0U);
    options[header.id] = header.bytes;
    at += sizeof header + header.bytes;
  }
  EXPECT_EQ(at, driver.scratch + descriptor.total_bytes);
  EXPECT_EQ(options, (std::map<std::uint16_t, std::uint16_t>{
                         {0x04, 8}, {0x06, 12}, {0x08, 8}, {0x0a, 8}, {0x0b, 12}, {0x0e, 8}}));
  const auto dqo = driver.ram.load<DqoRdaOption>(driver.scratch + 40 + 8);
  EXPECT_EQ(dqo.features, 0xb5U);
}

TEST(DescribeDevice, RefusesWhatItCannotAnswer) {
  DriverDouble driver;
  driver.start();
  const DescribeDeviceCommand good{
      .address = driver.scratch, .version = 1U, .available_bytes = 4096U};
  auto version = good;
  version.version = 2U;
  auto room = good;
  room.available_bytes = 40U;
  auto address = good;
  address.address = GuestRam::kNowhere;
  for (const auto& bad : {version, room, address}) {
    EXPECT_EQ(driver.execute(AdminOpcode::kDescribeDevice, bad), AdminStatus::kInvalidArgument);
  }
}

TEST(VerifyCompatibility, WantsADriverOfDqoRda) {
  DriverDouble driver;
  driver.start();
  DriverInfo info{};
  driver.ram.store(driver.scratch, info);
  VerifyDriverCompatibilityCommand command{.bytes = sizeof info, .address = driver.scratch};
  const auto verify = [&] {
    return driver.execute(AdminOpcode::kVerifyDriverCompatibility, command);
  };
  EXPECT_EQ(verify(), AdminStatus::kFailedPrecondition);
  info.capabilities[0] = kCapabilityDqoRda;
  driver.ram.store(driver.scratch, info);
  EXPECT_EQ(verify(), AdminStatus::kPassed);
  command.bytes = sizeof info - 1;
  EXPECT_EQ(verify(), AdminStatus::kInvalidArgument);
  command = {.bytes = sizeof info, .address = GuestRam::kNowhere};
  EXPECT_EQ(verify(), AdminStatus::kInvalidArgument);
}

TEST(Resources, TheDriverLearnsItsIrqDoorbells) {
  DriverDouble driver;
  driver.configure();
  for (std::uint32_t block = 0; block < DriverDouble::kBlocks; ++block) {
    const auto index = driver.ram.load<Be32>(driver.irq_array + block * DriverDouble::kStride);
    EXPECT_EQ(DoorbellMap::target_of(index).kind, DoorbellMap::Kind::kIrq);
    EXPECT_EQ(DoorbellMap::target_of(index).id, block);
  }
  EXPECT_EQ(driver.execute(AdminOpcode::kConfigureResources, driver.resources()),
            AdminStatus::kAlreadyExists);
  EXPECT_EQ(driver.execute(AdminOpcode::kDeconfigureResources), AdminStatus::kPassed);
  EXPECT_EQ(driver.execute(AdminOpcode::kDeconfigureResources), AdminStatus::kFailedPrecondition);
  EXPECT_EQ(driver.execute(AdminOpcode::kConfigureResources, driver.resources()),
            AdminStatus::kPassed);
}

TEST(Resources, BadOnesAreRefused) {
  DriverDouble driver;
  driver.start();
  const auto refused = [&](auto change) {
    auto command = driver.resources();
    change(command);
    return driver.execute(AdminOpcode::kConfigureResources, command) ==
           AdminStatus::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](auto& command) { command.queue_format = 1; }));
  EXPECT_TRUE(refused([](auto& command) { command.irq_doorbells = 0U; }));
  EXPECT_TRUE(refused([](auto& command) { command.irq_doorbells = 9U; }));
  EXPECT_TRUE(refused([](auto& command) { command.irq_doorbells = ~0U; }));
  EXPECT_TRUE(refused([](auto& command) { command.irq_doorbell_stride = 0U; }));
  EXPECT_TRUE(refused([](auto& command) { command.irq_doorbell_stride = 6U; }));
  EXPECT_TRUE(refused([](auto& command) { command.irq_doorbell_stride = 0xffff'fffcU; }));
  EXPECT_TRUE(refused([](auto& command) { command.first_block_vector = 2U; }));
  EXPECT_TRUE(refused([](auto& command) { command.counter_array = GuestRam::kNowhere; }));
  EXPECT_TRUE(refused([](auto& command) { command.counters = ~0U; }));
  EXPECT_TRUE(refused([](auto& command) { command.irq_doorbell_array = GuestRam::kNowhere; }));
}

TEST(Reports, LinkSpeedAndPacketTypes) {
  DriverDouble driver;
  driver.configure();
  ASSERT_EQ(driver.execute(AdminOpcode::kReportLinkSpeed, Be64(driver.scratch)),
            AdminStatus::kPassed);
  EXPECT_EQ(driver.ram.load<Be64>(driver.scratch), 100'000U);
  EXPECT_EQ(driver.execute(AdminOpcode::kReportLinkSpeed, Be64(GuestRam::kNowhere)),
            AdminStatus::kInvalidArgument);

  GetPacketTypeMapCommand map{.bytes = 2048U, .address = driver.scratch};
  ASSERT_EQ(driver.execute(AdminOpcode::kGetPacketTypeMap, map), AdminStatus::kPassed);
  EXPECT_EQ(driver.ram.load<Be16>(driver.scratch), 0U);
  map.bytes = 2047U;
  EXPECT_EQ(driver.execute(AdminOpcode::kGetPacketTypeMap, map), AdminStatus::kInvalidArgument);
  map = {.bytes = 2048U, .address = GuestRam::kBase + GuestRam::kBytes - 1};
  EXPECT_EQ(driver.execute(AdminOpcode::kGetPacketTypeMap, map), AdminStatus::kInvalidArgument);
}

TEST(Reports, TheMtuParameterHoldsForLaterQueues) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(0);
  SetDriverParameterCommand command{.type = 1U, .reserved = 0U, .value = 1500U};
  EXPECT_EQ(driver.execute(AdminOpcode::kSetDriverParameter, command), AdminStatus::kPassed);
  driver.create_rx(1);
  EXPECT_EQ(driver.rx[0]->max_frame_bytes, 4148U + 18);
  EXPECT_EQ(driver.rx[1]->max_frame_bytes, 1500U + 18);
  for (const std::uint64_t bad : {std::uint64_t{0}, std::uint64_t{67}, std::uint64_t{4149},
                                  std::uint64_t{0x1'0000'0000 + 1500}}) {
    command.value = bad;
    EXPECT_EQ(driver.execute(AdminOpcode::kSetDriverParameter, command), AdminStatus::kOutOfRange);
  }
  command.type = 2U;
  EXPECT_EQ(driver.execute(AdminOpcode::kSetDriverParameter, command), AdminStatus::kUnimplemented);
}

TEST(Reports, StatisticsStandAtTheEndOfTheReport) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(1);
  driver.create_rx(3);
  driver.rx[1]->counted.dropped_no_buffers = 5;
  driver.rx[3]->counted.dropped_invalid_checksum = 7;
  constexpr std::uint64_t kBytes = 8 + 16 * 12 * 4;
  const ReportStatsCommand command{.bytes = kBytes, .address = driver.scratch, .interval_ms = 0U};
  ASSERT_EQ(driver.execute(AdminOpcode::kReportStats, command), AdminStatus::kPassed);
  const auto entry = [&](std::uint64_t from_end) {
    return driver.ram.load<StatEntry>(driver.scratch + kBytes - 16 * from_end);
  };
  EXPECT_EQ(entry(8).name, 65U);
  EXPECT_EQ(entry(8).queue, 1U);
  EXPECT_EQ(entry(8).value, 5U);
  EXPECT_EQ(entry(7).value, 5U);
  EXPECT_EQ(entry(1).name, 68U);
  EXPECT_EQ(entry(1).queue, 3U);
  EXPECT_EQ(entry(1).value, 7U);
  EXPECT_EQ(entry(9).name, 0U);

  driver.rx[3]->counted.dropped_invalid_checksum = 8;
  driver.nic->run();
  EXPECT_EQ(entry(1).value, 8U);

  const ReportStatsCommand detach{.bytes = 0U, .address = 0U, .interval_ms = 0U};
  ASSERT_EQ(driver.execute(AdminOpcode::kReportStats, detach), AdminStatus::kPassed);
  driver.rx[3]->counted.dropped_invalid_checksum = 9;
  driver.nic->run();
  EXPECT_EQ(entry(1).value, 8U);
}

TEST(Reports, AReportWithoutRoomOrMemoryIsLeftAlone) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(0);
  ReportStatsCommand command{.bytes = 7U, .address = driver.scratch, .interval_ms = 0U};
  EXPECT_EQ(driver.execute(AdminOpcode::kReportStats, command), AdminStatus::kInvalidArgument);
  command = {.bytes = 4096U, .address = GuestRam::kNowhere, .interval_ms = 0U};
  EXPECT_EQ(driver.execute(AdminOpcode::kReportStats, command), AdminStatus::kInvalidArgument);
  command = {.bytes = 8U + 63, .address = driver.scratch, .interval_ms = 0U};
  EXPECT_EQ(driver.execute(AdminOpcode::kReportStats, command), AdminStatus::kPassed);
  EXPECT_EQ(driver.ram.load<Be64>(driver.scratch + 8), 0U);
  driver.ram.memory.unmap_all();
  driver.nic->run();
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
