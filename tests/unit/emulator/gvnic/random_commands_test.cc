// SPDX-License-Identifier: Apache-2.0
// A driver that has lost its mind: seeded random admin commands, doorbells, resets and turns. The
// device must answer each command, hold what it says of itself, and after a reset be as new.
#include <gtest/gtest.h>

#include "unit/emulator/gvnic/control_double.h"
#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::gvnic {
namespace {

using namespace control_double;
using net::Random;
using net::up_to;

class MadDriver {
 public:
  explicit MadDriver(std::uint64_t seed) : random_(seed) {
    for (std::uint64_t& page : pages_)
      page = driver_.ram.allocate(8192);
    driver_.configure();
  }

  void act() {
    switch (up_to(random_, 20)) {
      case 0:
        driver_.configure();  // takes the device over, or sets it up again
        ++starts_;
        break;
      case 1:
        if (up_to(random_, 3) == 0) restart();
        break;
      case 2:
        driver_.write_doorbell(static_cast<std::uint32_t>(up_to(random_, DoorbellMap::kEnd)),
                               static_cast<std::uint32_t>(random_()));
        break;
      case 3:
        driver_.nic->accept({});
        break;
      case 4:
        driver_.nic->set_cable(up_to(random_, 1) == 0);
        driver_.nic->set_link_up(up_to(random_, 1) == 0);
        break;
      case 5:
        driver_.clock.ns += up_to(random_, 1'000'000'000);
        break;
      default:
        command();
        break;
    }
    driver_.nic->run();
    check();
  }

  /// After all that a sane driver gets its device.
  void recover() {
    restart();
    driver_.create_tx(0);
    driver_.create_rx(0);
    const QueryRssCommand query{.available_bytes = 4096U, .address = pages_[0]};
    ASSERT_EQ(driver_.execute(AdminOpcode::kQueryRss, query), AdminStatus::kPassed);
    for (std::uint64_t entry = 0; entry < kRssTableEntries; ++entry)
      ASSERT_EQ(driver_.ram.load<Be32>(pages_[0] + 48 + 4 * entry), 0U);
  }

  [[nodiscard]] GvnicStatistics statistics() const { return driver_.nic->statistics(); }
  [[nodiscard]] std::uint64_t commands() const { return commands_; }

 private:
  void restart() {
    if (up_to(random_, 1) == 0) {
      driver_.nic->reset();
      driver_.set_bus_master(true);
    } else {
      driver_.write_register(Registers::kDriverStatus, Registers::kReset);
    }
    EXPECT_EQ(driver_.nic->due_ns(), std::nullopt);
    driver_.configure();
    ++starts_;
  }

  void command() {
    AdminCommand command;
    switch (up_to(random_, 3)) {
      case 0:
        command = well_formed();
        break;
      case 1:
        command = well_formed();
        command.body[up_to(random_, command.body.size() - 1)] ^= static_cast<std::byte>(random_());
        break;
      default:
        command = well_formed();
        for (std::byte& byte : command.body)
          byte = up_to(random_, 2) == 0 ? static_cast<std::byte>(random_()) : std::byte{0};
        break;
    }
    const auto opcode = static_cast<AdminOpcode>(std::uint32_t{command.opcode});
    const AdminStatus status = driver_.execute(opcode, command.body);
    EXPECT_NE(status, AdminStatus::kUnset) << name_of(opcode);
    ++commands_;
  }

  template <typename Body>
  static AdminCommand made_of(AdminOpcode opcode, const Body& body) {
    AdminCommand command{};
    command.opcode = static_cast<std::uint32_t>(opcode);
    std::memcpy(command.body.data(), &body, sizeof body);
    return command;
  }

  /// The queues share a few pages: nothing is written there by fakes.
  AdminCommand create_queue(bool tx) {
    const auto id = static_cast<std::uint32_t>(up_to(random_, DriverDouble::kQueues));
    if (tx) {
      CreateTxQueueCommand create{};
      create.id = id;
      create.queue_resources = page();
      create.page_list = kNoPageList;
      create.notify_block = id;
      create.descriptor_entries = create.completion_entries = std::uint16_t{64};
      return made_of(AdminOpcode::kCreateTxQueue, create);
    }
    CreateRxQueueCommand create{};
    create.id = id;
    create.queue_resources = page();
    create.page_list = kNoPageList;
    create.notify_block = id;
    create.completion_entries = create.buffer_entries = std::uint16_t{64};
    create.packet_buffer_bytes = std::uint16_t{2048};
    return made_of(AdminOpcode::kCreateRxQueue, create);
  }

  AdminCommand flow_rule_change() {
    ConfigureFlowRuleCommand change{};
    change.change = static_cast<std::uint16_t>(up_to(random_, 6) % 3);
    change.location = static_cast<std::uint32_t>(up_to(random_, 8));
    change.rule.flow_type = static_cast<std::uint16_t>(up_to(random_, kFlowTypes));
    change.rule.queue = static_cast<std::uint16_t>(up_to(random_, DriverDouble::kQueues));
    change.rule.mask.tos = static_cast<std::uint8_t>(random_());
    const std::uint64_t at = pages_[0];
    driver_.ram.store(at, change);
    return made_of(AdminOpcode::kExtended,
                   ExtendedCommand{.opcode = 0x101U, .bytes = sizeof change, .address = at});
  }

  AdminCommand well_formed() {
    const auto id = static_cast<std::uint32_t>(up_to(random_, DriverDouble::kQueues));
    switch (up_to(random_, 30)) {
      case 0:
        return made_of(AdminOpcode::kDescribeDevice,
                       DescribeDeviceCommand{
                           .address = page(),
                           .version = 1U,
                           .available_bytes = static_cast<std::uint32_t>(up_to(random_, 4096))});
      case 1:
        return made_of(AdminOpcode::kDeconfigureResources, std::byte{});
      case 2:
        return made_of(AdminOpcode::kDestroyTxQueue, DestroyQueueCommand{.id = id});
      case 3:
        return made_of(AdminOpcode::kDestroyRxQueue, DestroyQueueCommand{.id = id});
      case 4:
        return made_of(AdminOpcode::kReportStats, ReportStatsCommand{.bytes = up_to(random_, 2000),
                                                                     .address = page(),
                                                                     .interval_ms = random_()});
      case 5:
        return made_of(AdminOpcode::kQueryRss,
                       QueryRssCommand{.available_bytes = up_to(random_, 1200), .address = page()});
      case 6:
        return made_of(AdminOpcode::kConfigureRss,
                       ConfigureRssCommand{.hash_types = static_cast<std::uint16_t>(random_()),
                                           .algorithm = 1,
                                           .reserved = 0,
                                           .key_bytes = std::uint16_t{40},
                                           .table_entries = std::uint16_t{128},
                                           .key = page(),
                                           .table = page()});
      case 7:
        return made_of(AdminOpcode::kQueryFlowRules,
                       QueryFlowRulesCommand{.query = static_cast<std::uint16_t>(id % 3),
                                             .reserved = {},
                                             .first_location = id,
                                             .available_bytes = up_to(random_, 400),
                                             .address = page()});
      case 8:
        return made_of(static_cast<AdminOpcode>(up_to(random_, 0x104)), std::byte{});
      case 9:
        return made_of(
            AdminOpcode::kSetDriverParameter,
            SetDriverParameterCommand{.type = 1U, .reserved = 0U, .value = up_to(random_, 5000)});
      case 10:
        return flow_rule_change();
      default:
        return create_queue(up_to(random_, 1) == 0);
    }
  }

  std::uint64_t page() {
    return up_to(random_, 20) == 0 ? random_() : pages_[up_to(random_, pages_.size() - 1)];
  }

  /// What holds at any time.
  void check() {
    const GvnicStatistics now = driver_.nic->statistics();
    EXPECT_EQ(now.commands.passed() + now.commands.refused(), commands_ + starts_);
    std::uint64_t rx_packets = 0;
    for (const auto& queue : now.rx_queues)
      rx_packets += queue.counted.packets;
    EXPECT_EQ(now.rx.packets, rx_packets);
    EXPECT_EQ(now.resets_wanted, 0U);
    EXPECT_TRUE(driver_.nic->is_running());
  }

  DriverDouble driver_{{.interrupt_moderation = true}};
  Random random_;
  std::array<std::uint64_t, 4> pages_{};
  std::uint64_t commands_ = 0;
  std::uint64_t starts_ = 1;
};

TEST(RandomCommands, AreAllAnsweredAndLeaveTheDeviceWhole) {
  std::uint64_t passed = 0;
  std::uint64_t refused = 0;
  std::uint64_t received = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    MadDriver driver(seed);
    for (int step = 0; step < 1000; ++step)
      driver.act();
    driver.recover();
    const GvnicStatistics statistics = driver.statistics();
    passed += statistics.commands.passed();
    refused += statistics.commands.refused();
    received += statistics.rx.packets;
    if (testing::Test::HasFailure()) return;
  }
  // Mad enough to be refused, and sane enough to get something done.
  EXPECT_GT(passed, 1000U);
  EXPECT_GT(refused, 1000U);
  EXPECT_GT(received, 50U);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
