// SPDX-License-Identifier: Apache-2.0
// Peer-to-peer as a NIC's DMA meets it: through its guest memory, over the bus, to an accelerator.
#include "emulator/chassis/guest_bus.h"

#include <gtest/gtest.h>

#include "unit/emulator/accelerator/driver_double.h"

namespace nobounce::emulator {
namespace {

using accelerator::DriverDouble;
using vfio_user::DmaAccess;

constexpr std::uint64_t kAt = DriverDouble::kWindowAddress;

TEST(GuestBus, a_nic_reaches_what_the_cpu_sees_and_loses_it_with_the_bar) {
  DriverDouble driver;
  driver.start_context();
  driver.make_device_memory(1, 0, 1 << 20);
  GuestBus bus;
  bus.add(*driver.device);
  vfio_user::GuestMemory of_nic;
  EXPECT_EQ(of_nic.translate(kAt, 4096, DmaAccess::kWrite), nullptr) << "of another guest";
  of_nic.set_peers(&bus);

  std::byte* const there = of_nic.translate(kAt + 0x3000, 4096, DmaAccess::kWrite);
  ASSERT_NE(there, nullptr);
  there[7] = std::byte{0x5a};
  std::vector<std::byte> seen(1);
  ASSERT_TRUE(driver.device->read(accelerator::BarMap::kWindow, 0x3007, seen));
  EXPECT_EQ(seen[0], std::byte{0x5a});
  EXPECT_EQ(driver.device->statistics().cpu.reads, 1u) << "peers are not counted, CPUs are";
  EXPECT_EQ(driver.device->statistics().cpu.writes, 0u);

  driver.place_window(2 * kAt);
  EXPECT_EQ(of_nic.translate(kAt + 0x3000, 4096, DmaAccess::kWrite), nullptr);
  EXPECT_EQ(of_nic.translate(2 * kAt + 0x3000, 4096, DmaAccess::kRead), there);
  driver.decode(false);
  EXPECT_EQ(of_nic.translate(2 * kAt + 0x3000, 4096, DmaAccess::kRead), nullptr);
  driver.decode(true);
  driver.device->reset();
  EXPECT_EQ(of_nic.translate(2 * kAt + 0x3000, 4096, DmaAccess::kRead), nullptr);
}

TEST(GuestBus, holds_several_accelerators_apart) {
  DriverDouble first;
  DriverDouble second;
  GuestBus bus;
  for (DriverDouble* driver : {&first, &second}) {
    driver->start_context();
    driver->make_device_memory(1, 0, 4096);
    bus.add(*driver->device);
  }
  second.place_window(2 * kAt);
  ASSERT_NE(bus.resolve(kAt, 1), nullptr);
  ASSERT_NE(bus.resolve(2 * kAt, 1), nullptr);
  EXPECT_NE(bus.resolve(kAt, 1), bus.resolve(2 * kAt, 1));
}

}  // namespace
}  // namespace nobounce::emulator
