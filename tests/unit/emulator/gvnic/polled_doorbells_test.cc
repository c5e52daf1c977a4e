// SPDX-License-Identifier: Apache-2.0
// A NIC whose doorbells are mapped: what its driver stores in BAR2 is found by run().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/gvnic/gvnic.h"
#include "unit/emulator/gvnic/control_double.h"

namespace nobounce::emulator::gvnic {
namespace {

using namespace control_double;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t kRearm = 0x19;

struct PolledDoorbells : ::testing::Test {
  DriverDouble driver{DriverDouble::Settings{.doorbells = Doorbells::kPolled}};
  sys::Mapping bar2 = std::move(sys::Mapping::map(driver.nic->mapping(vfio_user::kBar2)->fd, 0,
                                                  driver.nic->region_size(vfio_user::kBar2),
                                                  sys::Mapping::Access::kReadWrite, "BAR2"))
                          .value();

  void store(std::uint32_t index, std::uint32_t value) {
    store_le(bar2.bytes().data() + std::size_t{4} * index, value);
  }
  void SetUp() override { driver.configure(); }
};

TEST_F(PolledDoorbells, only_the_doorbells_may_be_mapped_and_only_if_asked_for) {
  EXPECT_TRUE(driver.nic->must_be_polled());
  EXPECT_FALSE(driver.nic->mapping(vfio_user::kBar0));
  EXPECT_FALSE(driver.nic->mapping(vfio_user::kBar1));
  DriverDouble by_socket;
  by_socket.configure();
  EXPECT_FALSE(by_socket.nic->must_be_polled());
  EXPECT_FALSE(by_socket.nic->mapping(vfio_user::kBar2));
}

TEST_F(PolledDoorbells, a_turn_finds_what_the_driver_has_rung) {
  driver.create_tx(1);
  driver.create_rx(0);
  driver.nic->run();
  EXPECT_EQ(driver.nic->doorbells_found(), 0u);
  store(DoorbellMap::kTxBase + 1, 5);
  store(DoorbellMap::kRxBase, 32);
  store(DoorbellMap::kTxBase + 2, 5);  // of a queue that is not there
  driver.nic->run();
  driver.nic->run();
  EXPECT_THAT(driver.tx[1]->doorbells, ElementsAre(5));
  EXPECT_THAT(driver.rx[0]->doorbells, ElementsAre(32));
  EXPECT_EQ(driver.nic->doorbells_found(), 2u);
}

TEST_F(PolledDoorbells, an_interrupt_is_enabled_as_often_as_the_driver_does) {
  driver.create_tx(0);
  driver.connect_vector(0);
  for (int i = 0; i < 3; ++i) {
    store(DoorbellMap::kIrqBase, kRearm);
    driver.tx[0]->packets_to_send = 1;
    driver.nic->run();
    EXPECT_EQ(driver.fired(0), 1u);
    driver.tx[0]->packets_to_send = 1;
    driver.nic->run();
    EXPECT_EQ(driver.fired(0), 0u) << "it is masked until the driver enables it";
  }
}

TEST_F(PolledDoorbells, a_queue_that_is_made_anew_is_rung_by_the_position_that_the_old_one_had) {
  for (int round = 0; round < 3; ++round) {
    driver.create_rx(0);
    driver.nic->run();
    EXPECT_THAT(driver.rx[0]->doorbells, IsEmpty());
    store(DoorbellMap::kRxBase, 224);
    driver.nic->run();
    EXPECT_THAT(driver.rx[0]->doorbells, ElementsAre(224));
    const DestroyQueueCommand destroy{.id = 0u};
    ASSERT_EQ(driver.execute(AdminOpcode::kDestroyRxQueue, destroy), AdminStatus::kPassed);
  }
}

TEST_F(PolledDoorbells, a_client_that_does_not_map_them_sends_them) {
  driver.create_tx(0);
  driver.write_doorbell(DoorbellMap::kTxBase, 3);
  driver.nic->run();
  EXPECT_THAT(driver.tx[0]->doorbells, ElementsAre(3));
  driver.write_doorbell(DoorbellMap::kTxBase, 4);
  EXPECT_THAT(driver.tx[0]->doorbells, ElementsAre(3, 4)) << "at once, without a turn";
}

TEST_F(PolledDoorbells, a_reset_forgets_what_was_rung) {
  driver.create_tx(0);
  store(DoorbellMap::kTxBase, 9);
  driver.nic->reset();
  EXPECT_FALSE(driver.nic->must_be_polled()) << "until a driver runs it";
  driver.set_bus_master(true);
  driver.configure();
  driver.create_tx(0);
  driver.nic->run();
  EXPECT_THAT(driver.tx[0]->doorbells, IsEmpty());
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
