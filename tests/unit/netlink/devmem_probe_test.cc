// SPDX-License-Identifier: Apache-2.0
// What the policies of a command let in, and the device below an interface, over constructed
// messages and from the kernel.
#include "netlink/devmem_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "messages.h"
#include "netlink/parent_device.h"
#include "sys/interface_index.h"

namespace nobounce::netlink {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr std::uint32_t kBindRx = 13;

Message answer(const Bytes& attributes) {
  return {.type = GENL_ID_CTRL, .payload = generic(attributes)};
}

/// "Command 13 checks against policy `policy`."
Message command(std::uint32_t policy) {
  return answer(
      nest(CTRL_ATTR_OP_POLICY, nest(kBindRx, number<std::uint32_t>(CTRL_ATTR_POLICY_DO, policy))));
}

/// "Policy `policy` knows `attribute`."
Message entry(std::uint16_t policy, std::uint16_t attribute) {
  return answer(nest(CTRL_ATTR_POLICY, nest(policy, nest(attribute, number<std::uint32_t>(1, 4)))));
}

TEST(PolicyAllows, WhatThePolicyOfTheCommandLists) {
  const std::vector<Message> answers{command(0), entry(0, 1), entry(0, 5), entry(1, 3)};
  EXPECT_TRUE(*policy_allows(answers, kBindRx, 5));
  EXPECT_FALSE(*policy_allows(answers, kBindRx, 4));
  EXPECT_FALSE(*policy_allows(answers, kBindRx, 3)) << "of a nest's policy, not of the command's";
  EXPECT_FALSE(*policy_allows(answers, 12, 5));
  EXPECT_FALSE(*policy_allows({}, kBindRx, 5));
}

TEST(PolicyAllows, AMalformedAnswerIsRefused) {
  const std::vector<Message> too_short{{.type = GENL_ID_CTRL, .payload = Bytes(2)}};
  EXPECT_EQ(policy_allows(too_short, kBindRx, 5).error().code, Code::kProtocol);
  const std::vector<Message> wrong_size{answer(
      nest(CTRL_ATTR_OP_POLICY, nest(kBindRx, number<std::uint16_t>(CTRL_ATTR_POLICY_DO, 0))))};
  EXPECT_EQ(policy_allows(wrong_size, kBindRx, 5).error().code, Code::kProtocol);
}

TEST(DevmemCommands, OfThisKernelAreToldOrTheFamilyIsMissing) {
  const auto commands = devmem_commands();
  if (!commands) {
    EXPECT_EQ(commands.error().code, Code::kUnsupported) << to_string(commands.error());
    return;
  }
  EXPECT_TRUE(commands->bind_rx || !commands->rx_page_size);
}

TEST(ProbeBind, LoopbackCannotBind) {
  const auto loopback = sys::interface_index("lo");
  ASSERT_TRUE(loopback);
  EXPECT_FALSE(probe_bind_rx(*loopback));
  EXPECT_FALSE(probe_bind_tx(*loopback));
}

Bytes link_message(const Bytes& attributes) {
  Bytes bytes;
  append(bytes, ifinfomsg{});
  pad(bytes);
  return join(bytes, attributes);
}

TEST(ParentDevice, IsABusAndAName) {
  const auto parent = parse_parent_device(link_message(
      join(text(IFLA_PARENT_DEV_BUS_NAME, "pci"), text(IFLA_PARENT_DEV_NAME, "0000:17:00.0"))));
  ASSERT_TRUE(parent) << to_string(parent.error());
  EXPECT_EQ(parent->bus, "pci");
  EXPECT_EQ(parent->name, "0000:17:00.0");
  EXPECT_TRUE(parse_parent_device(link_message({}))->bus.empty());
}

TEST(ParentDevice, OfAMalformedMessageIsRefused) {
  EXPECT_EQ(parse_parent_device(Bytes(7)).error().code, Code::kProtocol);
  EXPECT_EQ(parse_parent_device(link_message(Bytes(3, std::byte{1}))).error().code,
            Code::kProtocol);
}

TEST(ParentDevice, LoopbackHasNone) {
  const auto loopback = sys::interface_index("lo");
  ASSERT_TRUE(loopback);
  const auto parent = parent_device(*loopback);
  ASSERT_TRUE(parent) << to_string(parent.error());
  EXPECT_TRUE(parent->bus.empty());
}

}  // namespace
}  // namespace nobounce::netlink
