// SPDX-License-Identifier: Apache-2.0
// The device as its driver, its CPUs and its peers find it.
#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "unit/emulator/accelerator/driver_double.h"

namespace nobounce::emulator::accelerator {
namespace {

using ::testing::Each;

constexpr std::uint32_t kMemory = 1;
constexpr std::uint64_t kMiB = 1 << 20;

std::vector<std::byte> poke(DriverDouble& driver, std::uint64_t offset, std::size_t bytes) {
  std::vector<std::byte> to(bytes, std::byte{0xee});
  EXPECT_TRUE(driver.device->read(BarMap::kWindow, offset, to));
  return to;
}

TEST(Accelerator, memory_is_a_power_of_two_from_64_mib_to_4_gib) {
  const vfio_user::GuestMemory memory;
  for (const std::uint64_t bad : {std::uint64_t{0}, 32 * kMiB, 96 * kMiB, 8192 * kMiB})
    EXPECT_EQ(Accelerator::create({.memory_bytes = bad}, memory).error().code,
              Code::kInvalidArgument);
  const auto largest = Accelerator::create({.memory_bytes = kMaxMemoryBytes}, memory);
  ASSERT_TRUE(largest);
  EXPECT_EQ((*largest)->region_size(BarMap::kWindow), kMaxMemoryBytes);
  EXPECT_EQ((*largest)->mapping(BarMap::kWindow), std::nullopt) << "or accesses would go unseen";
}

TEST(Accelerator, features_are_accepted_only_if_they_were_offered) {
  DriverDouble driver;
  driver.accept_features(0, 1);
  EXPECT_NE(driver.status() & VIRTIO_CONFIG_S_FEATURES_OK, 0);
  driver.write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, 0);
  driver.accept_features(1U << VIRTIO_GPU_F_EDID, 1);
  EXPECT_EQ(driver.status() & VIRTIO_CONFIG_S_FEATURES_OK, 0);
  driver.write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, 0);
  driver.accept_features(1, 0);
  EXPECT_EQ(driver.status() & VIRTIO_CONFIG_S_FEATURES_OK, 0) << "a driver of before 1.0";
}

TEST(Accelerator, what_is_answered_raises_its_queues_interrupt) {
  DriverDouble driver;
  driver.start_context();
  sys::Fd seen(::eventfd(0, EFD_NONBLOCK));
  driver.device->set_irq(vfio_user::kMsix, 1, sys::Fd(::dup(seen.get())));
  eventfd_t count = 0;
  EXPECT_EQ(::eventfd_read(seen.get(), &count), 0) << "what came before there was an eventfd";
  driver.ask(VIRTIO_GPU_CMD_GET_DISPLAY_INFO, virtio_gpu_ctrl_hdr{});
  EXPECT_EQ(::eventfd_read(seen.get(), &count), 0);
  store_le<std::uint16_t>(driver.ram(DriverDouble::kAvailable), split_ring::kNoInterrupt);
  driver.ask(VIRTIO_GPU_CMD_GET_DISPLAY_INFO, virtio_gpu_ctrl_hdr{});
  EXPECT_NE(::eventfd_read(seen.get(), &count), 0) << "the driver did not want it";
}

TEST(Accelerator, commands_that_cannot_be_are_errors) {
  DriverDouble driver;
  driver.start_context();
  const auto create = [&](std::uint32_t id, std::uint32_t kind, std::uint64_t size) {
    return driver.create_blob(id, kind, size);
  };
  EXPECT_EQ(create(0, VIRTIO_GPU_BLOB_MEM_HOST3D, 4096), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
  EXPECT_EQ(create(1, VIRTIO_GPU_BLOB_MEM_HOST3D, 0), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(create(1, VIRTIO_GPU_BLOB_MEM_HOST3D, 4097), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(create(1, VIRTIO_GPU_BLOB_MEM_HOST3D, 128 * kMiB),
            VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(create(1, VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST, 4096),
            VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(create(1, VIRTIO_GPU_BLOB_MEM_GUEST, 4096), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(create(1, VIRTIO_GPU_BLOB_MEM_HOST3D, 8192), VIRTIO_GPU_RESP_OK_NODATA);
  EXPECT_EQ(create(1, VIRTIO_GPU_BLOB_MEM_HOST3D, 8192), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
  EXPECT_EQ(create(2, VIRTIO_GPU_BLOB_MEM_HOST3D, 8192), VIRTIO_GPU_RESP_OK_NODATA);
  EXPECT_EQ(driver.map_blob(9, 0), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
  EXPECT_EQ(driver.map_blob(1, 1), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(driver.map_blob(1, 64 * kMiB - 4096), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(driver.map_blob(1, ~std::uint64_t{4095}), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(driver.map_blob(DriverDouble::kResults, 0), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(driver.map_blob(1, 4096), VIRTIO_GPU_RESP_OK_MAP_INFO);
  EXPECT_EQ(driver.map_blob(1, 64 * 4096), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER) << "twice";
  EXPECT_EQ(driver.map_blob(2, 8192), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER) << "over another";
  EXPECT_EQ(driver.unref(7), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
  EXPECT_EQ(driver.attach(7), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
  EXPECT_EQ(driver.ask(VIRTIO_GPU_CMD_SET_SCANOUT, virtio_gpu_set_scanout{}),
            VIRTIO_GPU_RESP_ERR_UNSPEC);
  virtio_gpu_ctx_create again{};
  EXPECT_EQ(driver.ask(VIRTIO_GPU_CMD_CTX_CREATE, again), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
  virtio_gpu_ctx_destroy destroy{};
  destroy.hdr.ctx_id = 99;
  EXPECT_EQ(driver.ask(VIRTIO_GPU_CMD_CTX_DESTROY, destroy),
            VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
}

TEST(Accelerator, every_access_of_a_cpu_is_counted_wherever_it_goes) {
  DriverDouble driver({.memory_bytes = kMinMemoryBytes, .accesses_noted = 3});
  driver.start_context();
  driver.make_device_memory(kMemory, 4096, 4096);
  EXPECT_TRUE(driver.device->write(BarMap::kWindow, 4096, raw(std::uint64_t{0x1122})));
  EXPECT_TRUE(driver.device->write(BarMap::kWindow, 0, raw(std::uint16_t{7})));
  EXPECT_EQ(poke(driver, 4096, 2), raw(std::uint16_t{0x1122}));
  EXPECT_EQ(poke(driver, 0, 4), raw(std::uint32_t{0})) << "no blob lies there";
  const auto results = driver.execute({counters_command()});
  EXPECT_EQ(results[0].counters.reads, 2u);
  EXPECT_EQ(results[0].counters.read_bytes, 6u);
  EXPECT_EQ(results[0].counters.writes, 2u);
  EXPECT_EQ(results[0].counters.written_bytes, 10u);
  const auto latest = driver.device->statistics().latest_accesses;
  ASSERT_EQ(latest.size(), 3u) << "the latest";
  EXPECT_EQ(latest[0].offset, 0u);
  EXPECT_TRUE(latest[0].is_write);
  EXPECT_EQ(latest[2].bytes, 4u);
  driver.device->reset();
  EXPECT_EQ(driver.device->statistics().cpu.reads, 2u) << "a reset forgets none";
}

TEST(Accelerator, no_byte_of_a_blob_is_left_to_the_next) {
  DriverDouble driver;
  driver.start_context();
  const auto fill = pattern_command(abi::Opcode::kFill, kMemory, 0, 2 * kMiB, 1);
  driver.make_device_memory(kMemory, 0, 2 * kMiB);
  driver.execute({fill});
  ASSERT_EQ(driver.unref(kMemory), VIRTIO_GPU_RESP_OK_NODATA);
  driver.make_device_memory(kMemory, kMiB, 2 * kMiB);
  EXPECT_THAT(poke(driver, kMiB, kMiB), Each(std::byte{0}));

  driver.execute({fill});
  driver.device->reset();
  driver.start_context();
  driver.make_device_memory(kMemory, kMiB, 2 * kMiB);
  EXPECT_THAT(poke(driver, kMiB, 2 * kMiB), Each(std::byte{0}));
}

class Peers : public ::testing::Test {
 protected:
  Peers() {
    driver.start_context();
    driver.make_device_memory(kMemory, kMiB, kMiB);
  }
  std::byte* reach(std::uint64_t offset, std::uint64_t length) {
    return driver.device->peer_memory(DriverDouble::kWindowAddress + offset, length);
  }

  DriverDouble driver;
};

TEST_F(Peers, reach_blobs_and_nothing_beside_them) {
  driver.execute({pattern_command(abi::Opcode::kFill, kMemory, 0, 16, 1)});
  ASSERT_NE(reach(kMiB, kMiB), nullptr);
  EXPECT_EQ(std::memcmp(reach(kMiB, 16), poke(driver, kMiB, 16).data(), 16), 0);
  EXPECT_EQ(reach(kMiB - 1, 2), nullptr);
  EXPECT_EQ(reach(2 * kMiB - 1, 2), nullptr);
  EXPECT_EQ(reach(0, 1), nullptr);
  EXPECT_EQ(reach(64 * kMiB, 1), nullptr);
  EXPECT_EQ(driver.device->peer_memory(DriverDouble::kWindowAddress - 1, 1), nullptr);
  EXPECT_EQ(driver.device->peer_memory(~std::uint64_t{0}, 1), nullptr);
  EXPECT_EQ(reach(kMiB, ~std::uint64_t{0}), nullptr);
}

TEST_F(Peers, follow_the_window_where_the_guest_moves_it) {
  driver.place_window(DriverDouble::kWindowAddress + 256 * kMiB);
  EXPECT_EQ(reach(kMiB, 1), nullptr);
  EXPECT_NE(reach(257 * kMiB, 1), nullptr);
}

TEST_F(Peers, reach_nothing_while_the_device_does_not_decode) {
  driver.decode(false);
  EXPECT_EQ(reach(kMiB, 1), nullptr);
  driver.decode(true);
  EXPECT_NE(reach(kMiB, 1), nullptr);
}

TEST_F(Peers, reach_nothing_of_a_blob_that_is_gone) {
  ASSERT_EQ(driver.unref(kMemory), VIRTIO_GPU_RESP_OK_NODATA);
  EXPECT_EQ(reach(kMiB, 1), nullptr);
}

TEST_F(Peers, reach_nothing_after_a_reset) {
  driver.device->reset();
  EXPECT_EQ(reach(kMiB, 1), nullptr);
}

// As QEMU's guest would find it, byte by byte.
TEST(Accelerator, configuration_space_leads_to_every_structure) {
  DriverDouble driver;
  std::vector<std::byte> config(256);
  ASSERT_TRUE(driver.device->read(vfio_user::kConfigSpace, 0, config));
  const auto at = [&](std::size_t offset) { return std::to_integer<std::uint8_t>(config[offset]); };
  EXPECT_EQ(load_le<std::uint32_t>(config.data()), 0x10501af4u);
  EXPECT_EQ(at(PCI_BASE_ADDRESS_2), PCI_BASE_ADDRESS_MEM_PREFETCH | PCI_BASE_ADDRESS_MEM_TYPE_64);
  std::map<int, std::size_t> found;
  int hops = 0;
  for (std::size_t cap = at(PCI_CAPABILITY_LIST); cap != 0 && hops < 32; cap = at(cap + 1), ++hops)
    if (at(cap) == PCI_CAP_ID_VNDR) found[at(cap + VIRTIO_PCI_CAP_CFG_TYPE)] = cap;
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(at(found[VIRTIO_PCI_CAP_COMMON_CFG] + 2), sizeof(virtio_pci_cap));
  EXPECT_EQ(at(found[VIRTIO_PCI_CAP_NOTIFY_CFG] + 2), sizeof(virtio_pci_notify_cap));
  const std::size_t window = found[VIRTIO_PCI_CAP_SHARED_MEMORY_CFG];
  EXPECT_EQ(at(window + 2), sizeof(virtio_pci_cap64));
  EXPECT_EQ(at(window + VIRTIO_PCI_CAP_BAR), BarMap::kWindow);
  EXPECT_EQ(at(window + 5), VIRTIO_GPU_SHM_ID_HOST_VISIBLE);
  EXPECT_EQ(load_le<std::uint32_t>(&config[window + VIRTIO_PCI_CAP_LENGTH]), kMinMemoryBytes);
}

}  // namespace
}  // namespace nobounce::emulator::accelerator
