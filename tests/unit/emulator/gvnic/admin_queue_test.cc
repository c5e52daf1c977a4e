// SPDX-License-Identifier: Apache-2.0
// The admin ring itself, and the commands about the device as a whole.
#include "emulator/gvnic/admin_queue.h"

#include <gtest/gtest.h>

#include "emulator/gvnic/describe_device.h"
#include "unit/emulator/gvnic/control_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using namespace control_double;

TEST(AdminQueue, AnswersAndCountsEachCommand) {
  DriverDouble driver;
  driver.start();
  driver.post(static_cast<AdminOpcode>(0x55), std::byte{});
  driver.post(AdminOpcode::kRegisterPageList, std::byte{});
  driver.post(AdminOpcode::kUnregisterPageList, std::byte{});
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
  EXPECT_EQ(options,
            (std::map<std::uint16_t, std::uint16_t>{
                {0x04, 8}, {0x06, 12}, {0x08, 8}, {0x0a, 8}, {0x0b, 12}, {0x0d, 4}, {0x0e, 8}}));
  const auto dqo = driver.ram.load<DqoRdaOption>(driver.scratch + 40 + 8);
  EXPECT_EQ(dqo.features, 0x1b5U);
  // What drivers before Linux 6.9 make their completion and buffer rings of.
  EXPECT_EQ(dqo.tx_completion_entries, descriptor.tx_ring_entries);
  EXPECT_EQ(dqo.rx_buffer_entries, descriptor.rx_ring_entries);
}

TEST(DescribeDevice, WritesWholeOptionsAsFarAsThereIsRoom) {
  DriverDouble driver;
  driver.start();
  int most = 0;
  for (std::uint32_t room = 40; room <= 200; ++room) {
    for (std::uint64_t at = 0; at < 256; ++at)
      driver.ram.store(driver.scratch + at, std::byte{0xaa});
    const DescribeDeviceCommand command{
        .address = driver.scratch, .version = 1U, .available_bytes = room};
    ASSERT_EQ(driver.execute(AdminOpcode::kDescribeDevice, command), AdminStatus::kPassed);
    driver.nic->run();
    const auto descriptor = driver.ram.load<DeviceDescriptor>(driver.scratch);
    std::uint64_t at = sizeof descriptor;
    for (int option = 0; option < descriptor.option_count; ++option) {
      const auto header = driver.ram.load<OptionHeader>(driver.scratch + at);
      EXPECT_EQ(header.id == 0x04, option == 0);
      at += sizeof header + header.bytes;
    }
    EXPECT_EQ(at, descriptor.total_bytes);
    EXPECT_LE(at, room);
    EXPECT_EQ(driver.ram.load<std::byte>(driver.scratch + at), std::byte{0xaa});
    EXPECT_GE(descriptor.option_count, most);
    most = descriptor.option_count;
  }
  EXPECT_EQ(most, 7);
}

TEST(DescribeDevice, TellsTheMtuToThoseWhoKnowJumboFramesAndToThoseWhoDont) {
  for (const std::uint16_t mtu : {kMinMtu, kPlainMtu, kMaxMtu}) {
    const std::vector<std::byte> bytes = describe_device({.mtu = mtu}, 4096);
    DeviceDescriptor descriptor;
    JumboFramesOption jumbo;
    std::memcpy(&descriptor, bytes.data(), sizeof descriptor);
    const std::size_t jumbo_at = sizeof descriptor + sizeof(OptionHeader) + sizeof(DqoRdaOption);
    EXPECT_EQ(load_be<std::uint16_t>(&bytes[jumbo_at]), 0x08);
    std::memcpy(&jumbo, &bytes[jumbo_at + sizeof(OptionHeader)], sizeof jumbo);
    EXPECT_EQ(descriptor.mtu, std::min(mtu, kPlainMtu));
    EXPECT_EQ(jumbo.max_mtu, mtu);
  }
}

TEST(DescribeDevice, RefusesWhatItCannotAnswer) {
  DriverDouble driver;
  driver.start();
  const DescribeDeviceCommand good{
      .address = driver.scratch, .version = 1U, .available_bytes = 4096U};
  auto version = good;
  version.version = 2U;
  auto room = good;
  room.available_bytes = 39U;
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
  // Of all capabilities, in any combination, one counts.
  for (std::uint64_t capabilities = 0; capabilities < 128; ++capabilities) {
    info.capabilities = {Be64(capabilities), Be64(~capabilities), Be64(0), Be64(~std::uint64_t{0})};
    driver.ram.store(driver.scratch, info);
    EXPECT_EQ(verify(),
              (capabilities & 8) != 0 ? AdminStatus::kPassed : AdminStatus::kFailedPrecondition);
    driver.nic->run();
  }
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
  EXPECT_EQ(driver.execute(AdminOpcode::kDeconfigureResources), AdminStatus::kPassed);
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

TEST(Reports, TheMtuParameterHoldsForAllQueues) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(0);
  SetDriverParameterCommand command{.type = 1U, .reserved = 0U, .value = 1500U};
  EXPECT_EQ(driver.execute(AdminOpcode::kSetDriverParameter, command), AdminStatus::kPassed);
  driver.create_rx(1);
  EXPECT_EQ(driver.rx[0]->max_frame_bytes, 1500U + 18);
  EXPECT_EQ(driver.rx[1]->max_frame_bytes, 1500U + 18);
  for (const std::uint64_t bad : {std::uint64_t{0}, std::uint64_t{67}, std::uint64_t{4149},
                                  std::uint64_t{0x1'0000'0000 + 1500}}) {
    command.value = bad;
    EXPECT_EQ(driver.execute(AdminOpcode::kSetDriverParameter, command), AdminStatus::kOutOfRange);
  }
  command.type = 2U;
  EXPECT_EQ(driver.execute(AdminOpcode::kSetDriverParameter, command), AdminStatus::kUnimplemented);
  EXPECT_EQ(driver.rx[0]->max_frame_bytes, 1500U + 18);
  driver.configure();
  driver.create_rx(0);
  EXPECT_EQ(driver.rx[0]->max_frame_bytes, 4148U + 18);
}

TEST(Reports, TheTimestampIsThatOfTheNicsClock) {
  DriverDouble driver;
  driver.start();
  ReportNicTimestampCommand command{.bytes = 40U, .address = driver.scratch};
  driver.ram.store(driver.scratch + 32, ~std::uint64_t{0});
  for (const std::uint64_t ns : {std::uint64_t{1}, std::uint64_t{0x1234'5678'9abc'def0}}) {
    driver.clock.ns = ns;
    ASSERT_EQ(driver.execute(AdminOpcode::kReportNicTimestamp, command), AdminStatus::kPassed);
    EXPECT_EQ(driver.ram.load<NicTimestampReport>(driver.scratch).timestamp_ns, ns);
    EXPECT_EQ(driver.ram.load<Be64>(driver.scratch + 32), 0U);
  }
  command.bytes = 39U;
  EXPECT_EQ(driver.execute(AdminOpcode::kReportNicTimestamp, command),
            AdminStatus::kInvalidArgument);
  command = {.bytes = 40U, .address = GuestRam::kBase + GuestRam::kBytes - 39};
  EXPECT_EQ(driver.execute(AdminOpcode::kReportNicTimestamp, command),
            AdminStatus::kInvalidArgument);
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
  driver.clock.ns += StatsReport::kMinIntervalMs * 1'000'000;  // what an interval of 0 becomes
  EXPECT_EQ(driver.nic->due_ns(), driver.clock.ns);
  driver.nic->run();
  EXPECT_EQ(entry(1).value, 8U);

  const ReportStatsCommand detach{.bytes = 0U, .address = 0U, .interval_ms = 0U};
  ASSERT_EQ(driver.execute(AdminOpcode::kReportStats, detach), AdminStatus::kPassed);
  driver.rx[3]->counted.dropped_invalid_checksum = 9;
  driver.clock.ns += 1'000'000'000;
  EXPECT_EQ(driver.nic->due_ns(), std::nullopt);
  driver.nic->run();
  EXPECT_EQ(entry(1).value, 8U);
}

TEST(Reports, StatisticsAreWrittenAtTheirInterval) {
  DriverDouble driver;
  driver.configure();
  driver.create_rx(0);
  ReportStatsCommand command{.bytes = 4096U, .address = driver.scratch, .interval_ms = 20'000U};
  const auto drops = [&] { return driver.ram.load<StatEntry>(driver.scratch + 4096 - 64).value; };
  const auto written_after_ms = [&](std::uint64_t ms) {
    ++driver.rx[0]->counted.dropped_over_mru;
    driver.clock.ns += ms * 1'000'000;
    driver.nic->run();
    return drops() == driver.rx[0]->counted.dropped_over_mru;
  };
  ASSERT_EQ(driver.execute(AdminOpcode::kReportStats, command), AdminStatus::kPassed);
  EXPECT_FALSE(written_after_ms(19'999));
  EXPECT_TRUE(written_after_ms(1));
  EXPECT_FALSE(written_after_ms(19'999));
  command.interval_ms = ~std::uint64_t{0};
  ASSERT_EQ(driver.execute(AdminOpcode::kReportStats, command), AdminStatus::kPassed);
  EXPECT_FALSE(written_after_ms(StatsReport::kMaxIntervalMs - 1));
  EXPECT_TRUE(written_after_ms(1));
}

// As Linux's driver looks for them: it counts the receive queues that it has created back from the
// end of a report that is sized for all that it may create.
TEST(Reports, TheDriverFindsTheQueuesItHasWhateverTheirOrder) {
  DriverDouble driver;
  driver.configure();
  constexpr std::uint64_t kBytes = 8 + 16 * (6 + 2 + 4) * DriverDouble::kQueues;
  const ReportStatsCommand command{
      .bytes = kBytes, .address = driver.scratch, .interval_ms = 20'000U};
  const auto found = [&](std::uint64_t created) {
    std::map<std::uint32_t, std::uint64_t> drops_by_queue;
    for (std::uint64_t at = kBytes - created * 64; at < kBytes; at += 64) {
      const auto entry = driver.ram.load<StatEntry>(driver.scratch + at);
      EXPECT_EQ(entry.name, 65U);
      drops_by_queue[entry.queue] = entry.value;
    }
    // Nothing of queues that are gone stands before them.
    EXPECT_EQ(driver.ram.load<StatEntry>(driver.scratch + kBytes - (created + 1) * 64).name, 0U);
    return drops_by_queue;
  };
  ASSERT_EQ(driver.execute(AdminOpcode::kReportStats, command), AdminStatus::kPassed);
  using Found = std::map<std::uint32_t, std::uint64_t>;
  for (const std::uint32_t id : {2U, 0U, 3U})
    driver.create_rx(id);
  EXPECT_EQ(found(3), (Found{{0, 0}, {2, 0}, {3, 0}}));
  driver.rx[3]->counted.dropped_no_buffers = 4;
  driver.create_rx(1);
  EXPECT_EQ(found(4), (Found{{0, 0}, {1, 0}, {2, 0}, {3, 4}}));
  for (const std::uint32_t id : {0U, 2U}) {
    ASSERT_EQ(driver.execute(AdminOpcode::kDestroyRxQueue, DestroyQueueCommand{.id = id}),
              AdminStatus::kPassed);
  }
  EXPECT_EQ(found(2), (Found{{1, 0}, {3, 4}}));
}

TEST(CommandStatistics, CountEachCommandForItself) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.execute(AdminOpcode::kCreateTxQueue, driver.tx_command(0));
  driver.execute(static_cast<AdminOpcode>(0x13), std::byte{});
  driver.execute(static_cast<AdminOpcode>(~0U), std::byte{});
  driver.change_rule({});
  driver.change_rule({});
  const CommandStatistics commands = driver.nic->statistics().commands;
  const auto& counted = commands.by_opcode();
  ASSERT_EQ(counted.size(), 4U);
  EXPECT_EQ(counted.at(AdminOpcode::kConfigureResources).passed, 1U);
  EXPECT_EQ(counted.at(AdminOpcode::kCreateTxQueue).passed, 1U);
  EXPECT_EQ(counted.at(AdminOpcode::kCreateTxQueue).refused, 1U);
  EXPECT_EQ(counted.at(AdminOpcode::kConfigureFlowRule).passed, 1U);
  EXPECT_EQ(counted.at(AdminOpcode::kConfigureFlowRule).refused, 1U);
  EXPECT_EQ(counted.at(AdminOpcode{}).refused, 2U);
  EXPECT_EQ(name_of(AdminOpcode::kConfigureFlowRule), "configure_flow_rule");
  EXPECT_EQ(name_of(AdminOpcode{}), "unknown");
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
