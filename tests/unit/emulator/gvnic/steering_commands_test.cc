// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "unit/emulator/gvnic/control_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using namespace control_double;

constexpr std::uint64_t kRssBytes = 8 + 40 + 128 * 4;

class RssCommands : public testing::Test {
 protected:
  void SetUp() override {
    driver_.configure();
    key_ = driver_.ram.allocate(40);
    table_ = driver_.ram.allocate(512);
  }
  ConfigureRssCommand command() {
    ConfigureRssCommand command{};
    command.algorithm = kRssToeplitz;
    command.key_bytes = std::uint16_t{40};
    command.table_entries = std::uint16_t{128};
    command.key = key_;
    command.table = table_;
    return command;
  }
  AdminStatus query() {
    return driver_.execute(AdminOpcode::kQueryRss,
                           QueryRssCommand{.available_bytes = 4096U, .address = driver_.scratch});
  }
  std::uint32_t entry(std::uint64_t index) {
    return driver_.ram.load<Be32>(driver_.scratch + 48 + 4 * index);
  }

  DriverDouble driver_;
  std::uint64_t key_ = 0;
  std::uint64_t table_ = 0;
};

TEST_F(RssCommands, SpreadsOverTheQueuesUntilTheDriverSetsATable) {
  driver_.create_rx(0);
  driver_.create_rx(1);
  driver_.create_rx(2);
  ASSERT_EQ(query(), AdminStatus::kPassed);
  EXPECT_EQ(driver_.ram.load<RssDescriptor>(driver_.scratch).total_bytes, kRssBytes);
  EXPECT_EQ(driver_.ram.load<RssDescriptor>(driver_.scratch).algorithm, kRssToeplitz);
  for (std::uint64_t index = 0; index < 128; ++index)
    ASSERT_EQ(entry(index), index % 3);

  for (std::uint64_t index = 0; index < 128; ++index)
    driver_.ram.store(table_ + 4 * index, Be32(1));
  ASSERT_EQ(driver_.execute(AdminOpcode::kConfigureRss, command()), AdminStatus::kPassed);
  driver_.create_rx(3);
  ASSERT_EQ(query(), AdminStatus::kPassed);
  for (std::uint64_t index = 0; index < 128; ++index)
    ASSERT_EQ(entry(index), 1U);
}

TEST_F(RssCommands, BeforeAnyConfigurationAndAfterAResetTheDefaultsAreInForce) {
  constexpr std::uint16_t kPlainTypes = 0b0'1101'0111;  // all but those for extension headers
  ASSERT_EQ(query(), AdminStatus::kPassed);
  const auto default_key = driver_.ram.load<std::array<std::byte, 40>>(driver_.scratch + 8);
  EXPECT_EQ(driver_.ram.load<RssDescriptor>(driver_.scratch).hash_types, kPlainTypes);
  for (std::uint64_t index = 0; index < 128; ++index) {
    ASSERT_EQ(entry(index), 0U);
    driver_.ram.store(table_ + 4 * index, Be32(3));
  }
  driver_.ram.store(key_, std::byte{0xab});
  auto other = command();
  other.hash_types = std::uint16_t{1};
  ASSERT_EQ(driver_.execute(AdminOpcode::kConfigureRss, other), AdminStatus::kPassed);
  ASSERT_EQ(query(), AdminStatus::kPassed);
  EXPECT_EQ(driver_.ram.load<RssDescriptor>(driver_.scratch).hash_types, 1);
  EXPECT_EQ(entry(127), 3U);

  driver_.configure();  // which starts with a reset
  driver_.create_rx(0);
  driver_.create_rx(1);
  ASSERT_EQ(query(), AdminStatus::kPassed);
  EXPECT_EQ(driver_.ram.load<RssDescriptor>(driver_.scratch).hash_types, kPlainTypes);
  const auto key = driver_.ram.load<std::array<std::byte, 40>>(driver_.scratch + 8);
  EXPECT_EQ(key, default_key);
  for (std::uint64_t index = 0; index < 128; ++index)
    ASSERT_EQ(entry(index), index % 2);
}

TEST_F(RssCommands, WhatIsZeroStaysAsItWas) {
  driver_.ram.store(key_, std::byte{0xab});
  ASSERT_EQ(driver_.execute(AdminOpcode::kConfigureRss, command()), AdminStatus::kPassed);
  ConfigureRssCommand types{};
  types.hash_types = std::uint16_t{1U << 1};
  ASSERT_EQ(driver_.execute(AdminOpcode::kConfigureRss, types), AdminStatus::kPassed);
  ASSERT_EQ(query(), AdminStatus::kPassed);
  EXPECT_EQ(driver_.ram.load<RssDescriptor>(driver_.scratch).hash_types, 1U << 1);
  EXPECT_EQ(driver_.ram.load<std::byte>(driver_.scratch + 8), std::byte{0xab});
}

TEST_F(RssCommands, BadConfigurationsChangeNothing) {
  const auto refused = [&](auto change) {
    auto bad = command();
    change(bad);
    const auto status = driver_.execute(AdminOpcode::kConfigureRss, bad);
    EXPECT_EQ(query(), AdminStatus::kPassed);
    EXPECT_NE(driver_.ram.load<std::byte>(driver_.scratch + 8), std::byte{0xab});
    return status;
  };
  driver_.ram.store(key_, std::byte{0xab});
  const auto invalid = AdminStatus::kInvalidArgument;
  EXPECT_EQ(refused([](auto& bad) { bad.hash_types = std::uint16_t{1U << 9}; }), invalid);
  EXPECT_EQ(refused([](auto& bad) { bad.algorithm = 2; }), invalid);
  EXPECT_EQ(refused([](auto& bad) { bad.key_bytes = std::uint16_t{39}; }), invalid);
  EXPECT_EQ(refused([](auto& bad) { bad.key = GuestRam::kNowhere; }), invalid);
  EXPECT_EQ(refused([](auto& bad) { bad.table_entries = std::uint16_t{127}; }), invalid);
  EXPECT_EQ(refused([](auto& bad) { bad.table = GuestRam::kNowhere; }), invalid);
  driver_.ram.store(table_ + 4 * 127, Be32(DriverDouble::kQueues));
  EXPECT_EQ(refused([](auto&) {}), AdminStatus::kOutOfRange);
}

TEST_F(RssCommands, AQueryNeedsRoom) {
  const QueryRssCommand small{.available_bytes = kRssBytes - 1, .address = driver_.scratch};
  EXPECT_EQ(driver_.execute(AdminOpcode::kQueryRss, small), AdminStatus::kInvalidArgument);
  const QueryRssCommand nowhere{.available_bytes = 4096U, .address = GuestRam::kNowhere};
  EXPECT_EQ(driver_.execute(AdminOpcode::kQueryRss, nowhere), AdminStatus::kInvalidArgument);
}

class FlowRuleCommands : public testing::Test {
 protected:
  void SetUp() override {
    driver_.configure();
    answer_ = driver_.ram.allocate(4096);
  }
  static ConfigureFlowRuleCommand add(std::uint32_t location, std::uint16_t type = 0) {
    ConfigureFlowRuleCommand command{};
    command.location = location;
    command.rule.flow_type = type;
    command.rule.queue = std::uint16_t{2};
    for (std::size_t at = 0; at < 4; ++at) {
      command.rule.key.ports_or_spi[at] = static_cast<std::byte>(at + 1);
      command.rule.mask.ports_or_spi[at] = std::byte{0xff};
    }
    command.rule.key.source_address[0] = std::byte{10};
    command.rule.key.tos = 3;
    return command;
  }
  FlowRulesDescriptor query(FlowRuleQuery kind, std::uint32_t first, std::uint64_t room = 4096) {
    const QueryFlowRulesCommand command{.query = static_cast<std::uint16_t>(kind),
                                        .reserved = {},
                                        .first_location = first,
                                        .available_bytes = room,
                                        .address = answer_};
    EXPECT_EQ(driver_.execute(AdminOpcode::kQueryFlowRules, command), AdminStatus::kPassed);
    return driver_.ram.load<FlowRulesDescriptor>(answer_);
  }

  DriverDouble driver_;
  std::uint64_t answer_ = 0;
};

TEST_F(FlowRuleCommands, RulesOfEveryTypeComeBackAsTheyWereGiven) {
  for (std::uint16_t type = 0; type < kFlowTypes; ++type) {
    ASSERT_EQ(driver_.change_rule(add(type, type)), AdminStatus::kPassed);
  }
  const auto found = query(FlowRuleQuery::kRules, 0);
  EXPECT_EQ(found.rules, kFlowTypes);
  EXPECT_EQ(found.returned_rules, kFlowTypes);
  EXPECT_EQ(found.total_bytes, 16U + kFlowTypes * 88);
  for (std::uint16_t type = 0; type < kFlowTypes; ++type) {
    const auto rule = driver_.ram.load<QueriedFlowRule>(answer_ + 16 + std::uint64_t{type} * 88);
    const auto given = add(type, type);
    EXPECT_EQ(rule.location, type);
    EXPECT_EQ(std::memcmp(&rule.rule, &given.rule, sizeof rule.rule), 0) << type;
  }
}

TEST_F(FlowRuleCommands, QueriesGoOnWhereTheLastOneEnded) {
  for (std::uint32_t location = 0; location < 100; ++location) {
    ASSERT_EQ(driver_.change_rule(add(location * 2)), AdminStatus::kPassed);
    driver_.nic->run();
  }
  auto found = query(FlowRuleQuery::kRules, 51);
  EXPECT_EQ(found.rules, 100U);
  EXPECT_EQ(found.max_rules, kMaxFlowRules);
  EXPECT_EQ(found.returned_rules, 46U);  // as many as the room holds
  EXPECT_EQ(found.total_bytes, 16U + 46 * 88);
  EXPECT_EQ(driver_.ram.load<Be32>(answer_ + 16), 52U);
  found = query(FlowRuleQuery::kLocations, 190);
  EXPECT_EQ(found.returned_rules, 5U);
  EXPECT_EQ(driver_.ram.load<Be32>(answer_ + 16 + 4 * 4), 198U);
  EXPECT_EQ(query(FlowRuleQuery::kLocations, 199).returned_rules, 0U);
  EXPECT_EQ(query(FlowRuleQuery::kCounts, 0, 16).total_bytes, 16U);
}

// As Linux's driver reads them all: from one past the last location on, until none come.
TEST_F(FlowRuleCommands, AFullTableIsReadInSeveralAnswers) {
  for (std::uint32_t location = kMaxFlowRules; location-- > 0;) {
    ASSERT_EQ(driver_.change_rule(add(location)), AdminStatus::kPassed);
    driver_.nic->run();
  }
  struct Kind {
    FlowRuleQuery query;
    std::uint64_t entry_bytes;
  };
  for (const auto& [kind, entry_bytes] :
       {Kind{FlowRuleQuery::kLocations, 4}, Kind{FlowRuleQuery::kRules, 88}}) {
    std::uint32_t next = 0;
    std::uint32_t answers = 0;
    for (;; ++answers) {
      const auto found = query(kind, next);
      driver_.nic->run();
      EXPECT_EQ(found.rules, kMaxFlowRules);
      EXPECT_EQ(found.total_bytes, 16 + found.returned_rules * entry_bytes);
      if (found.returned_rules == 0) break;
      for (std::uint32_t i = 0; i < found.returned_rules; ++i)
        ASSERT_EQ(driver_.ram.load<Be32>(answer_ + 16 + i * entry_bytes), next++);
    }
    EXPECT_EQ(next, kMaxFlowRules);
    EXPECT_EQ(answers, kind == FlowRuleQuery::kLocations ? 2U : 23U);
  }
}

TEST_F(FlowRuleCommands, DeleteAndReset) {
  ASSERT_EQ(driver_.change_rule(add(7)), AdminStatus::kPassed);
  EXPECT_EQ(driver_.change_rule(add(7)), AdminStatus::kAlreadyExists);
  ConfigureFlowRuleCommand change{};
  change.change = std::uint16_t{1};
  change.location = 8U;
  EXPECT_EQ(driver_.change_rule(change), AdminStatus::kNotFound);
  change.location = 7U;
  EXPECT_EQ(driver_.change_rule(change), AdminStatus::kPassed);
  ASSERT_EQ(driver_.change_rule(add(1)), AdminStatus::kPassed);
  change.change = std::uint16_t{2};
  EXPECT_EQ(driver_.change_rule(change), AdminStatus::kPassed);
  EXPECT_EQ(query(FlowRuleQuery::kCounts, 0).rules, 0U);
}

TEST_F(FlowRuleCommands, BadRulesAreRefused) {
  EXPECT_EQ(driver_.change_rule(add(kMaxFlowRules)), AdminStatus::kOutOfRange);
  EXPECT_EQ(driver_.change_rule(add(0, kFlowTypes)), AdminStatus::kInvalidArgument);
  auto queue = add(0);
  queue.rule.queue = std::uint16_t{DriverDouble::kQueues};
  EXPECT_EQ(driver_.change_rule(queue), AdminStatus::kInvalidArgument);
  auto change = add(0);
  change.change = std::uint16_t{3};
  EXPECT_EQ(driver_.change_rule(change), AdminStatus::kInvalidArgument);
  EXPECT_EQ(query(FlowRuleQuery::kCounts, 0).rules, 0U);
}

TEST_F(FlowRuleCommands, BadExtendedCommandsAndQueriesAreRefused) {
  const ExtendedCommand good{.opcode = 0x101U, .bytes = 92U, .address = driver_.scratch};
  auto opcode = good;
  opcode.opcode = 0x102U;
  EXPECT_EQ(driver_.execute(AdminOpcode::kExtended, opcode), AdminStatus::kUnimplemented);
  auto bytes = good;
  bytes.bytes = 91U;
  EXPECT_EQ(driver_.execute(AdminOpcode::kExtended, bytes), AdminStatus::kInvalidArgument);
  auto address = good;
  address.address = GuestRam::kBase + GuestRam::kBytes - 91;
  EXPECT_EQ(driver_.execute(AdminOpcode::kExtended, address), AdminStatus::kInvalidArgument);
  EXPECT_EQ(driver_.execute(AdminOpcode::kConfigureFlowRule), AdminStatus::kUnimplemented);

  QueryFlowRulesCommand query{.query = std::uint16_t{3},
                              .reserved = {},
                              .first_location = 0U,
                              .available_bytes = 4096U,
                              .address = answer_};
  const auto refused = [&] {
    return driver_.execute(AdminOpcode::kQueryFlowRules, query) == AdminStatus::kInvalidArgument;
  };
  EXPECT_TRUE(refused());
  query.query = std::uint16_t{0};
  query.available_bytes = 15U;
  EXPECT_TRUE(refused());
  query.available_bytes = 16U;
  query.address = GuestRam::kNowhere;
  EXPECT_TRUE(refused());
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
