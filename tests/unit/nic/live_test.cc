// SPDX-License-Identifier: Apache-2.0
// A NIC that can't (a veth) and a lease or binding that says why, on the kernel that runs the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../netlink/test_network.h"
#include "nic/binding.h"
#include "nic/receive_lease.h"

namespace nobounce::nic {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::Not;

class LiveNic : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!network_.skip_reason().empty()) GTEST_SKIP() << network_.skip_reason();
    ifindex_ = netlink::RouteSocket::open()->link("near0")->ifindex;
  }
  netlink::testing::TestNetwork network_;
  int ifindex_ = 0;
};

TEST_F(LiveNic, WithoutWhatItTakesNamesTheProbe) {
  const auto lease = ReceiveLease::take(
      {.interface = "near0", .queue = {}, .listen_port = 5201, .listen_address = "10.0.0.2"});
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::kUnsupported) << to_string(lease.error());
  EXPECT_THAT(lease.error().cause, Not(IsEmpty()));
}

TEST_F(LiveNic, ThatIsNotThereIsNotFound) {
  const auto lease = ReceiveLease::take(
      {.interface = "none0", .queue = {}, .listen_port = 5201, .listen_address = "10.0.0.2"});
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::kNotFound) << to_string(lease.error());
}

TEST_F(LiveNic, TakesNoBindingAndSaysSo) {
  const std::uint32_t queue = 0;
  const auto rx = RxBinding::bind(ifindex_, {&queue, 1}, 0);
  ASSERT_FALSE(rx);
  EXPECT_EQ(rx.error().code, Code::kUnsupported) << to_string(rx.error());
  EXPECT_THAT(rx.error().cause, Not(IsEmpty()));
  const auto tx = TxBinding::bind(ifindex_, 0);
  ASSERT_FALSE(tx);
  EXPECT_EQ(tx.error().code, Code::kUnsupported) << to_string(tx.error());
  EXPECT_THAT(tx.error().cause, Not(IsEmpty()));
}

TEST_F(LiveNic, ThatIsGoneTakesNoBinding) {
  const auto tx = TxBinding::bind(1 << 30, 0);
  ASSERT_FALSE(tx);
  EXPECT_THAT(tx.error().code, AnyOf(Code::kNotFound, Code::kUnsupported));
}

}  // namespace
}  // namespace nobounce::nic
