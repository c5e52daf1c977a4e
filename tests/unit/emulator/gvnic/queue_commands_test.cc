// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "unit/emulator/gvnic/control_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using namespace control_double;

TEST(QueueCommands, QueuesComeAndGoWhileOthersLive) {
  DriverDouble driver;
  driver.configure();
  const auto command = driver.rx_command(1);
  driver.create_rx(0);
  ASSERT_EQ(driver.execute(AdminOpcode::kCreateRxQueue, command), AdminStatus::kPassed);
  driver.create_tx(2);
  const auto rx = driver.ram.load<QueueResources>(command.queue_resources);
  EXPECT_EQ(DoorbellMap::target_of(rx.doorbell_index).kind, DoorbellMap::Kind::kRx);
  EXPECT_EQ(DoorbellMap::target_of(rx.doorbell_index).id, 1U);

  EXPECT_EQ(driver.execute(AdminOpcode::kDestroyRxQueue, DestroyQueueCommand{.id = 1U}),
            AdminStatus::kPassed);
  driver.write_doorbell(rx.doorbell_index, 32);
  driver.write_doorbell(DoorbellMap::kRxBase, 64);
  driver.write_doorbell(DoorbellMap::kTxBase + 2, 7);
  EXPECT_EQ(driver.rx[0]->doorbells, std::vector<std::uint32_t>{64});
  EXPECT_EQ(driver.tx[2]->doorbells, std::vector<std::uint32_t>{7});

  ASSERT_EQ(driver.execute(AdminOpcode::kCreateRxQueue, command), AdminStatus::kPassed);
  driver.write_doorbell(rx.doorbell_index, 96);
  EXPECT_EQ(driver.rx[1]->doorbells, std::vector<std::uint32_t>{96});
}

TEST(QueueCommands, TheConfigurationReachesTheQueue) {
  DriverDouble driver;
  driver.configure();
  const auto asked = driver.rx_command(3);
  ASSERT_EQ(driver.execute(AdminOpcode::kCreateRxQueue, asked), AdminStatus::kPassed);
  const RxQueueConfig& rx = driver.rx[3]->config();
  EXPECT_EQ(rx.id, 3U);
  EXPECT_EQ(rx.completion_ring_iova, asked.completion_ring);
  EXPECT_EQ(rx.buffer_ring_iova, asked.buffer_ring);
  EXPECT_EQ(rx.completion_entries, 256U);
  EXPECT_EQ(rx.buffer_entries, 256U);
  EXPECT_EQ(rx.notify_block, DriverDouble::kQueues + 3);
  EXPECT_EQ(rx.packet_buffer_bytes, 4096);
  EXPECT_EQ(rx.header_buffer_bytes, 256);
  EXPECT_TRUE(rx.rsc);
  const auto sent = driver.tx_command(0);
  ASSERT_EQ(driver.execute(AdminOpcode::kCreateTxQueue, sent), AdminStatus::kPassed);
  EXPECT_EQ(driver.tx[0]->config().descriptor_ring_iova, sent.descriptor_ring);
  EXPECT_EQ(driver.tx[0]->config().completion_ring_iova, sent.completion_ring);
}

TEST(QueueCommands, NothingBeforeTheResources) {
  DriverDouble driver;
  driver.start();
  EXPECT_EQ(driver.execute(AdminOpcode::kCreateTxQueue, driver.tx_command(0)),
            AdminStatus::kFailedPrecondition);
  EXPECT_EQ(driver.execute(AdminOpcode::kCreateRxQueue, driver.rx_command(0)),
            AdminStatus::kFailedPrecondition);
  EXPECT_EQ(driver.execute(AdminOpcode::kDestroyTxQueue, DestroyQueueCommand{}),
            AdminStatus::kNotFound);
  EXPECT_EQ(driver.execute(AdminOpcode::kConfigureRss, ConfigureRssCommand{}),
            AdminStatus::kFailedPrecondition);
  EXPECT_EQ(driver.execute(AdminOpcode::kQueryRss, QueryRssCommand{}),
            AdminStatus::kFailedPrecondition);
  EXPECT_EQ(driver.execute(AdminOpcode::kQueryFlowRules, QueryFlowRulesCommand{}),
            AdminStatus::kFailedPrecondition);
  EXPECT_EQ(driver.change_rule({}), AdminStatus::kFailedPrecondition);
}

TEST(QueueCommands, DuplicatesAndStrangersAreRefused) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.create_rx(0);
  EXPECT_EQ(driver.execute(AdminOpcode::kCreateTxQueue, driver.tx_command(0)),
            AdminStatus::kAlreadyExists);
  EXPECT_EQ(driver.execute(AdminOpcode::kCreateRxQueue, driver.rx_command(0)),
            AdminStatus::kAlreadyExists);
  for (const std::uint32_t stranger : {1U, DriverDouble::kQueues, ~0U}) {
    const DestroyQueueCommand destroy{.id = stranger};
    EXPECT_EQ(driver.execute(AdminOpcode::kDestroyTxQueue, destroy), AdminStatus::kNotFound);
    EXPECT_EQ(driver.execute(AdminOpcode::kDestroyRxQueue, destroy), AdminStatus::kNotFound);
  }
}

TEST(QueueCommands, BadTxQueuesAreRefused) {
  DriverDouble driver;
  driver.configure();
  const auto refused = [&](auto change) {
    auto command = driver.tx_command(0);
    change(command);
    return driver.execute(AdminOpcode::kCreateTxQueue, command) == AdminStatus::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](auto& command) { command.id = DriverDouble::kQueues; }));
  EXPECT_TRUE(refused([](auto& command) { command.id = ~0U; }));
  EXPECT_TRUE(refused([](auto& command) { command.notify_block = DriverDouble::kBlocks; }));
  EXPECT_TRUE(refused([](auto& command) { command.page_list = 1U; }));
  EXPECT_TRUE(refused([](auto& command) { command.queue_resources = GuestRam::kNowhere; }));
  for (const auto bad : std::initializer_list<std::uint16_t>{0, 1, 32, 100, 4095, 8192}) {
    EXPECT_TRUE(refused([&](auto& command) { command.descriptor_entries = bad; })) << bad;
  }
  for (const auto bad : std::initializer_list<std::uint16_t>{0, 1, 32, 100, 4095, 32768}) {
    EXPECT_TRUE(refused([&](auto& command) { command.completion_entries = bad; })) << bad;
  }
  EXPECT_TRUE(driver.tx.empty());
}

TEST(QueueCommands, BadRxQueuesAreRefused) {
  DriverDouble driver;
  driver.configure();
  const auto refused = [&](auto change) {
    auto command = driver.rx_command(0);
    change(command);
    return driver.execute(AdminOpcode::kCreateRxQueue, command) == AdminStatus::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](auto& command) { command.id = DriverDouble::kQueues; }));
  EXPECT_TRUE(refused([](auto& command) { command.notify_block = ~0U; }));
  EXPECT_TRUE(refused([](auto& command) { command.page_list = 1U; }));
  EXPECT_TRUE(refused([](auto& command) { command.queue_resources = ~std::uint64_t{0}; }));
  for (const auto bad : std::initializer_list<std::uint16_t>{1, 63, 257, 65535}) {
    EXPECT_TRUE(refused([&](auto& command) { command.header_buffer_bytes = bad; })) << bad;
  }
  // Completions of all buffers that are posted would not fit.
  EXPECT_TRUE(refused([](auto& command) { command.completion_entries = std::uint16_t{128}; }));
  for (const auto bad : std::initializer_list<std::uint16_t>{0, 896, 1000, 3000, 4097, 16384}) {
    EXPECT_TRUE(refused([&](auto& command) { command.packet_buffer_bytes = bad; })) << bad;
  }
  for (const auto bad : std::initializer_list<std::uint16_t>{0, 32, 96, 8192}) {
    EXPECT_TRUE(refused([&](auto& command) { command.completion_entries = bad; })) << bad;
    EXPECT_TRUE(refused([&](auto& command) { command.buffer_entries = bad; })) << bad;
  }
  EXPECT_TRUE(driver.rx.empty());
}

TEST(QueueCommands, AllRingSizesAndBufferSizesOfDriversAreTaken) {
  DriverDouble driver;
  driver.configure();
  const auto create = [&](const CreateRxQueueCommand& command) {
    EXPECT_EQ(driver.execute(AdminOpcode::kCreateRxQueue, command), AdminStatus::kPassed);
    EXPECT_EQ(driver.execute(AdminOpcode::kDestroyRxQueue, DestroyQueueCommand{.id = 0U}),
              AdminStatus::kPassed);
    driver.nic->run();
  };
  const auto rx = driver.rx_command(0);
  const auto tx = driver.tx_command(1);
  for (std::uint16_t entries = 64; entries <= 4096;
       entries = static_cast<std::uint16_t>(2 * entries)) {
    auto receive = rx;
    receive.completion_entries = receive.buffer_entries = entries;
    create(receive);
    auto send = tx;
    send.descriptor_entries = entries;
    send.completion_entries = static_cast<std::uint16_t>(4 * entries);  // as DPDK's driver
    EXPECT_EQ(driver.execute(AdminOpcode::kCreateTxQueue, send), AdminStatus::kPassed);
    EXPECT_EQ(driver.execute(AdminOpcode::kDestroyTxQueue, DestroyQueueCommand{.id = 1U}),
              AdminStatus::kPassed);
  }
  for (const auto bytes : std::initializer_list<std::uint16_t>{1024, 2048, 2176, 4096, 16256}) {
    auto receive = rx;
    receive.packet_buffer_bytes = bytes;
    create(receive);
  }
  for (const auto bytes : std::initializer_list<std::uint16_t>{0, 64, 128, 256}) {
    auto receive = rx;
    receive.header_buffer_bytes = bytes;
    create(receive);
  }
  auto old_driver = rx;  // before Linux 6.6
  old_driver.page_list = 0U;
  create(old_driver);
}

TEST(QueueCommands, SixteenQueuesEachWayGoInAnyOrder) {
  DriverDouble driver({.queues = kMaxQueues});
  driver.configure();
  for (std::uint32_t count = 0; count < kMaxQueues; ++count) {
    driver.create_tx(count * 5 % kMaxQueues);
    driver.create_rx(count * 7 % kMaxQueues);
    driver.nic->run();
  }
  EXPECT_EQ(driver.tx.size(), kMaxQueues);
  for (std::uint32_t id = 0; id < kMaxQueues; ++id) {
    driver.write_doorbell(DoorbellMap::kTxBase + id, id);
    driver.write_doorbell(DoorbellMap::kRxBase + id, 32 + id);
    EXPECT_EQ(driver.tx[id]->doorbells, std::vector{id});
    EXPECT_EQ(driver.rx[id]->doorbells, std::vector{32 + id});
  }
  for (std::uint32_t count = 0; count < kMaxQueues; ++count) {
    const DestroyQueueCommand tx{.id = count * 11 % kMaxQueues};
    const DestroyQueueCommand rx{.id = count * 3 % kMaxQueues};
    EXPECT_EQ(driver.execute(AdminOpcode::kDestroyTxQueue, tx), AdminStatus::kPassed);
    EXPECT_EQ(driver.execute(AdminOpcode::kDestroyRxQueue, rx), AdminStatus::kPassed);
    driver.nic->run();
  }
  EXPECT_EQ(driver.nic->statistics().commands.refused(), 0U);
}

TEST(QueueCommands, DeconfigureTakesLiveQueuesAlong) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.create_rx(0);
  driver.tx[0]->packets_to_send = 10'000;
  EXPECT_TRUE(driver.nic->run());
  EXPECT_EQ(driver.execute(AdminOpcode::kDeconfigureResources), AdminStatus::kPassed);
  EXPECT_FALSE(driver.nic->run());
  EXPECT_EQ(driver.nic->statistics().tx.packets, Gvnic::kTxBudgetSegments);
  EXPECT_EQ(driver.execute(AdminOpcode::kDestroyTxQueue, DestroyQueueCommand{.id = 0U}),
            AdminStatus::kNotFound);
  EXPECT_EQ(driver.execute(AdminOpcode::kConfigureResources, driver.resources()),
            AdminStatus::kPassed);
  driver.create_tx(0);
}

TEST(QueueCommands, ARingOutsideGuestMemoryIsRefusedByTheQueueItself) {
  GuestRam ram;
  NullSink sink;
  QueueSet queues(4, {}, ram.memory);
  TxQueueConfig config{.id = 0,
                       .descriptor_ring_iova = GuestRam::kNowhere,
                       .completion_ring_iova = ram.allocate(4096),
                       .descriptor_entries = 64,
                       .completion_entries = 64};
  EXPECT_FALSE(queues.create_tx(config));
  EXPECT_EQ(queues.tx(0), nullptr);
}

TEST(QueueCommands, StatisticsOutliveTheirQueue) {
  DriverDouble driver;
  driver.configure();
  driver.create_tx(0);
  driver.create_rx(0);
  driver.tx[0]->counted = {
      .packets = 3, .bytes = 300, .tso_frames = 1, .malformed = 2, .dropped = 5};
  driver.rx[0]->counted.rsc_packets = 9;
  driver.rx[0]->counted.waiting = 6;
  ASSERT_EQ(driver.execute(AdminOpcode::kDestroyTxQueue, DestroyQueueCommand{.id = 0U}),
            AdminStatus::kPassed);
  driver.create_tx(0);
  driver.tx[0]->counted = {.packets = 4, .bytes = 400, .tso_frames = 0, .malformed = 0};
  driver.nic->reset();
  const auto statistics = driver.nic->statistics();
  EXPECT_EQ(statistics.tx.packets, 7U);
  EXPECT_EQ(statistics.tx.bytes, 700U);
  EXPECT_EQ(statistics.tx.malformed, 2U);
  EXPECT_EQ(statistics.tx.dropped, 5U);
  EXPECT_EQ(statistics.rx.rsc_packets, 9U);
  EXPECT_EQ(statistics.rx.waiting, 0U);
  ASSERT_EQ(statistics.tx_queues.size(), DriverDouble::kQueues);
  EXPECT_EQ(statistics.tx_queues[0].counted.packets, 7U);
  EXPECT_EQ(statistics.rx.dropped_queue_ended, 6U);
}

TEST(QueueCommands, EachQueueCountsForItself) {
  DriverDouble driver;
  driver.configure();
  for (const std::uint32_t id : {3U, 1U}) {
    driver.create_tx(id);
    driver.create_rx(id);
    driver.tx[id]->counted.packets = 10 * id;
    driver.rx[id]->counted.dropped_over_mru = 100 * id;
  }
  ASSERT_EQ(driver.execute(AdminOpcode::kDestroyRxQueue, DestroyQueueCommand{.id = 1U}),
            AdminStatus::kPassed);
  const auto statistics = driver.nic->statistics();
  std::uint64_t tx_packets = 0;
  std::uint64_t rx_drops = 0;
  for (std::uint32_t id = 0; id < DriverDouble::kQueues; ++id) {
    const bool created = id == 1 || id == 3;
    EXPECT_EQ(statistics.tx_queues[id].id, id);
    EXPECT_EQ(statistics.tx_queues[id].is_alive, created);
    EXPECT_EQ(statistics.rx_queues[id].is_alive, id == 3);
    EXPECT_EQ(statistics.tx_queues[id].counted.packets, created ? 10 * id : 0);
    EXPECT_EQ(statistics.rx_queues[id].counted.dropped_over_mru, created ? 100 * id : 0);
    tx_packets += statistics.tx_queues[id].counted.packets;
    rx_drops += statistics.rx_queues[id].counted.dropped_over_mru;
  }
  EXPECT_EQ(statistics.tx.packets, tx_packets);
  EXPECT_EQ(statistics.rx.dropped_over_mru, rx_drops);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
