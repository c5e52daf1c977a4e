// SPDX-License-Identifier: Apache-2.0
// Rings that a hostile guest may write: none crashes the device, each faults its queue, once, and a
// reset mends it.
#include <functional>

#include "unit/emulator/accelerator/driver_double.h"

namespace nobounce::emulator::accelerator {
namespace {

using split_ring::Descriptor;

struct BadRing {
  const char* name;
  std::function<void(DriverDouble&)> make;
};

void PrintTo(const BadRing& ring, std::ostream* out) {
  *out << ring.name;
}

class BadRings : public ::testing::TestWithParam<BadRing> {};

TEST_P(BadRings, fault_the_queue_until_a_reset) {
  DriverDouble driver;
  driver.start_context();
  GetParam().make(driver);
  driver.device->run();
  EXPECT_NE(driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
  EXPECT_EQ(driver.device->statistics().resets_wanted, 1u);
  EXPECT_FALSE(driver.device->run());

  driver.write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, 0);
  EXPECT_EQ(driver.status(), 0);
  driver.start_context();
  EXPECT_EQ(driver.device->statistics().resets_wanted, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Virtqueue, BadRings,
    ::testing::Values(
        BadRing{"a_chain_that_is_a_loop",
                [](DriverDouble& driver) {
                  driver.put_descriptor(0, {.address = 0, .bytes = 1, .flags = 1, .next = 0});
                  driver.make_available(0);
                }},
        BadRing{"a_head_that_is_not_there",
                [](DriverDouble& driver) { driver.make_available(DriverDouble::kQueueSize); }},
        BadRing{"a_next_that_is_not_there",
                [](DriverDouble& driver) {
                  driver.put_descriptor(0, {.address = 0, .bytes = 1, .flags = 1, .next = 64});
                  driver.make_available(0);
                }},
        BadRing{"indirect_descriptors",
                [](DriverDouble& driver) {
                  driver.put_descriptor(0, {.address = 0, .bytes = 16, .flags = 4, .next = 0});
                  driver.make_available(0);
                }},
        BadRing{"reading_after_writing",
                [](DriverDouble& driver) {
                  driver.put_descriptor(0, {.address = 0, .bytes = 16, .flags = 3, .next = 1});
                  driver.put_descriptor(1, {.address = 0, .bytes = 16, .flags = 0, .next = 0});
                  driver.make_available(0);
                }},
        BadRing{"an_index_that_runs_ahead",
                [](DriverDouble& driver) {
                  store_le<std::uint16_t>(driver.ram(DriverDouble::kAvailable + 2), 0x4000);
                }},
        BadRing{"room_for_an_answer_that_is_no_memory",
                [](DriverDouble& driver) {
                  driver.put_descriptor(
                      0, {.address = DriverDouble::kRequest, .bytes = 24, .flags = 1, .next = 1});
                  driver.put_descriptor(
                      1,
                      {.address = DriverDouble::kRamBytes - 1, .bytes = 24, .flags = 2, .next = 0});
                  driver.make_available(0);
                }},
        BadRing{"memory_that_is_gone",
                [](DriverDouble& driver) {
                  driver.make_available(0);
                  driver.write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, 0);
                  driver.start();
                  driver.write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, 0);
                  driver.accept_features(0, 1);
                  driver.place_queue(0, 64, DriverDouble::kRamBytes, DriverDouble::kAvailable,
                                     DriverDouble::kUsed);
                  store_le<std::uint16_t>(driver.ram(DriverDouble::kAvailable + 2), 1);
                  driver.write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS,
                                                    driver.status() | VIRTIO_CONFIG_S_DRIVER_OK);
                }}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Virtqueue, is_read_only_where_it_may_be) {
  EXPECT_TRUE(Virtqueue::can_be({.size = 1024, .descriptors = 16, .available = 2, .used = 4}));
  EXPECT_FALSE(Virtqueue::can_be({.size = 0}));
  EXPECT_FALSE(Virtqueue::can_be({.size = 48}));
  EXPECT_FALSE(Virtqueue::can_be({.size = 2048}));
  EXPECT_FALSE(Virtqueue::can_be({.size = 64, .descriptors = 8}));
  EXPECT_FALSE(Virtqueue::can_be({.size = 64, .available = 1}));
  EXPECT_FALSE(Virtqueue::can_be({.size = 64, .used = 2}));
}

TEST(Virtqueue, wraps_around_its_rings) {
  DriverDouble driver;
  driver.start_context();
  for (int i = 0; i < 3 * DriverDouble::kQueueSize; ++i)
    ASSERT_EQ(driver.ask(VIRTIO_GPU_CMD_GET_DISPLAY_INFO, virtio_gpu_ctrl_hdr{}),
              VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

TEST(Virtqueue, a_cursor_is_taken_and_comes_to_nothing) {
  DriverDouble driver;
  driver.start_context();
  const Descriptor one{.address = DriverDouble::kRequest, .bytes = 56, .flags = 0, .next = 0};
  std::memcpy(driver.ram(DriverDouble::kCursorQueue), &one, sizeof one);
  store_le<std::uint16_t>(driver.ram(DriverDouble::kCursorQueue + 0x1002), 1);
  driver.device->run();
  EXPECT_EQ(load_le<std::uint16_t>(driver.ram(DriverDouble::kCursorQueue + 0x2002)), 1);
}

TEST(Virtqueue, nothing_moves_without_bus_mastering) {
  DriverDouble driver;
  driver.start_context();
  const std::uint16_t completed = driver.completed();
  driver.write_config<std::uint16_t>(PCI_COMMAND, PCI_COMMAND_MEMORY);
  driver.post(raw(virtio_gpu_ctrl_hdr{}));
  EXPECT_FALSE(driver.device->run());
  EXPECT_EQ(driver.completed(), completed);
}

}  // namespace
}  // namespace nobounce::emulator::accelerator
