// SPDX-License-Identifier: Apache-2.0
// The accelerator as a client of raw bytes meets it: a PCI device whose window nobody can map,
// whose registers and queues are driven by messages alone, and which survives what it can't use.
#include <gtest/gtest.h>
#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_pci.h>

#include <memory>

#include "emulator/accelerator/accelerator.h"
#include "emulator/accelerator/split_ring.h"
#include "emulator/accelerator/virtio_capabilities.h"
#include "wire/server_fixture.h"

namespace nobounce::emulator::accelerator {
namespace {

using vfio_user::Bytes;
using vfio_user::bytes_of;
using vfio_user::load_from;
using vfio_user::message;
using vfio_user::read_message;
using vfio_user::write_message;
namespace protocol = vfio_user::protocol;

constexpr std::size_t kHeader = sizeof(protocol::Header);
constexpr std::size_t kData = kHeader + sizeof(protocol::RegionAccess);
constexpr std::uint64_t kRamBytes = 1 << 20;
constexpr std::uint16_t kQueueSize = 16;
constexpr std::uint64_t kDescriptorsAt = 0x1000;
constexpr std::uint64_t kAvailableAt = 0x2000;
constexpr std::uint64_t kUsedAt = 0x3000;
constexpr std::uint64_t kRequestAt = 0x4000;
constexpr std::uint64_t kResponseAt = 0x5000;
constexpr std::uint64_t kWindowAt = std::uint64_t{0x38} << 32;

class AcceleratorWire : public ::testing::Test {
 protected:
  void SetUp() override {
    device = Accelerator::create({.memory_bytes = kMinMemoryBytes}, memory).value();
    server.emplace(vfio_user::Server::open(path, *device, memory).value());
    ASSERT_TRUE(server->register_with(epoll, 1));
    connect();
  }
  void TearDown() override { server.reset(); }

  void connect() {
    client.emplace(path);
    ASSERT_TRUE(client->connected());
    ask(vfio_user::version_message());
  }
  void serve() {
    std::array<sys::Epoll::Event, 8> events;
    while (!epoll.wait(events, std::chrono::nanoseconds(0)).value().empty())
      ASSERT_TRUE(server->on_ready());
  }
  void say(const Bytes& bytes, const std::vector<int>& fds = {}) {
    EXPECT_TRUE(client->send(bytes, fds));
    serve();
  }
  Bytes ask(const Bytes& bytes, const std::vector<int>& fds = {}) {
    say(bytes, fds);
    return client->receive().value_or(Bytes());
  }
  /// The errno of the reply; 0 for a good one.
  std::uint32_t error_of(const Bytes& bytes, const std::vector<int>& fds = {}) {
    const auto header = load_from<protocol::Header>(ask(bytes, fds), 0);
    EXPECT_EQ(header.flags & protocol::kTypeMask, protocol::kTypeReply);
    return (header.flags & protocol::kError) != 0 ? header.error : 0;
  }

  template <typename T>
  T read(std::uint32_t region, std::uint64_t offset) {
    return load_from<T>(ask(read_message(offset, sizeof(T), region)), kData);
  }
  template <typename T>
  void write(std::uint32_t region, std::uint64_t offset, T value) {
    EXPECT_EQ(error_of(write_message(offset, bytes_of(value), 0, region)), 0u);
  }
  template <typename T>
  void write_common(int offset, T value) {
    write(BarMap::kVirtio, BarMap::kCommonAt + static_cast<std::uint64_t>(offset), value);
  }
  std::uint8_t status() {
    return read<std::uint8_t>(BarMap::kVirtio, BarMap::kCommonAt + VIRTIO_PCI_COMMON_STATUS);
  }

  void map_ram() {
    ram = vfio_user::make_memfd(kRamBytes);
    view = sys::Mapping::map(ram.get(), 0, kRamBytes, sys::Mapping::Access::kReadWrite, "guest")
               .value();
    const protocol::DmaMap map{.argsz = sizeof(protocol::DmaMap),
                               .flags = protocol::kMapReadable | protocol::kMapWriteable,
                               .offset = 0,
                               .address = 0,
                               .size = kRamBytes};
    EXPECT_EQ(error_of(message(protocol::kDmaMap, bytes_of(map)), {ram.get()}), 0u);
  }
  void start_driver() {
    map_ram();
    write(vfio_user::kConfigSpace, PCI_BASE_ADDRESS_2, static_cast<std::uint32_t>(kWindowAt));
    write(vfio_user::kConfigSpace, PCI_BASE_ADDRESS_3, static_cast<std::uint32_t>(kWindowAt >> 32));
    write<std::uint16_t>(vfio_user::kConfigSpace, PCI_COMMAND,
                         PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    const std::uint8_t agreed =
        VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK;
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_GFSELECT, 0);
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_GF,
                                1U << VIRTIO_GPU_F_VIRGL | 1U << VIRTIO_GPU_F_RESOURCE_BLOB);
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_GFSELECT, 1);
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_GF, 1U << (VIRTIO_F_VERSION_1 - 32) |
                                                          1U << (VIRTIO_F_ACCESS_PLATFORM - 32));
    write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, agreed);
    write_common<std::uint16_t>(VIRTIO_PCI_COMMON_Q_SELECT, 0);
    write_common<std::uint16_t>(VIRTIO_PCI_COMMON_Q_SIZE, kQueueSize);
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_Q_DESCLO, kDescriptorsAt);
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_Q_AVAILLO, kAvailableAt);
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_Q_USEDLO, kUsedAt);
    write_common<std::uint16_t>(VIRTIO_PCI_COMMON_Q_ENABLE, 1);
    write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, agreed | VIRTIO_CONFIG_S_DRIVER_OK);
  }
  template <typename T>
  void put(std::uint64_t at, const T& value) {
    std::memcpy(view.bytes().data() + at, &value, sizeof value);
  }
  /// Posts a command, notifies, and has the device run.
  template <typename Command>
  void post(virtio_gpu_ctrl_type type, Command command) {
    auto* const header = reinterpret_cast<virtio_gpu_ctrl_hdr*>(&command);
    header->type = type;
    header->ctx_id = 1;
    put(kRequestAt, command);
    put(kDescriptorsAt,
        split_ring::Descriptor{
            .address = kRequestAt, .bytes = sizeof command, .flags = split_ring::kNext, .next = 1});
    put(kDescriptorsAt + sizeof(split_ring::Descriptor),
        split_ring::Descriptor{
            .address = kResponseAt, .bytes = 512, .flags = split_ring::kWrite, .next = 0});
    put(kAvailableAt + split_ring::kRingAt + 2 * static_cast<std::uint64_t>(posted % kQueueSize),
        std::uint16_t{0});
    put(kAvailableAt + split_ring::kIndexAt, ++posted);
    write<std::uint16_t>(BarMap::kVirtio, BarMap::kNotifyAt, 0);
    for (int turn = 0; turn < 1000 && device->run(); ++turn) {
    }
  }
  /// The type of its answer.
  template <typename Command>
  std::uint32_t command(virtio_gpu_ctrl_type type, const Command& command) {
    post(type, command);
    EXPECT_EQ(load_from<std::uint16_t>(view.bytes(), kUsedAt + split_ring::kIndexAt), posted);
    return load_from<virtio_gpu_ctrl_hdr>(view.bytes(), kResponseAt).type;
  }
  void lay_blob() {
    virtio_gpu_ctx_create context{};
    EXPECT_EQ(command(VIRTIO_GPU_CMD_CTX_CREATE, context), VIRTIO_GPU_RESP_OK_NODATA);
    virtio_gpu_resource_create_blob blob{};
    blob.resource_id = 7;
    blob.blob_mem = VIRTIO_GPU_BLOB_MEM_HOST3D;
    blob.blob_flags = VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE;
    blob.size = 8192;
    EXPECT_EQ(command(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, blob), VIRTIO_GPU_RESP_OK_NODATA);
    virtio_gpu_resource_map_blob map{};
    map.resource_id = 7;
    map.offset = 4096;
    EXPECT_EQ(command(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB, map), VIRTIO_GPU_RESP_OK_MAP_INFO);
  }

  const ScratchDirectory scratch;
  const std::filesystem::path path = scratch.path() / "accelerator.sock";
  vfio_user::GuestMemory memory;
  std::unique_ptr<Accelerator> device;
  sys::Epoll epoll = sys::Epoll::open().value();
  std::optional<vfio_user::Server> server;
  std::optional<vfio_user::Client> client;
  sys::Fd ram;
  sys::Mapping view;
  std::uint16_t posted = 0;
};

TEST_F(AcceleratorWire, is_a_virtio_gpu_whose_window_nobody_can_map) {
  EXPECT_EQ(read<std::uint16_t>(vfio_user::kConfigSpace, PCI_VENDOR_ID), 0x1af4);
  EXPECT_EQ(read<std::uint16_t>(vfio_user::kConfigSpace, PCI_DEVICE_ID), 0x1050);
  const Bytes reply =
      ask(message(protocol::kDeviceGetRegionInfo,
                  bytes_of(protocol::RegionInfo{.argsz = sizeof(protocol::RegionInfo),
                                                .flags = 0,
                                                .index = BarMap::kWindow,
                                                .capability_offset = 0,
                                                .size = 0,
                                                .offset = 0})));
  const auto info = load_from<protocol::RegionInfo>(reply, kHeader);
  EXPECT_EQ(info.size, kMinMemoryBytes);
  EXPECT_EQ(info.flags, protocol::kRegionReadable | protocol::kRegionWriteable);
  write<std::uint32_t>(vfio_user::kConfigSpace, PCI_BASE_ADDRESS_2, 0xffffffff);
  EXPECT_EQ(read<std::uint32_t>(vfio_user::kConfigSpace, PCI_BASE_ADDRESS_2), 0xfc00000c);
}

TEST_F(AcceleratorWire, counts_each_access_of_a_cpu_to_the_byte) {
  write<std::uint64_t>(BarMap::kWindow, 0x1000, 1);
  write<std::uint16_t>(BarMap::kWindow, kMinMemoryBytes - 2, 1);
  say(write_message(0, bytes_of(std::uint32_t{1}), protocol::kNoReply, BarMap::kWindow));
  EXPECT_EQ(read<std::uint8_t>(BarMap::kWindow, 0), 0) << "no blob lies there";
  auto seen = device->statistics().cpu;
  EXPECT_EQ(seen.writes, 3u);
  EXPECT_EQ(seen.written_bytes, 8u + 2 + 4);
  EXPECT_EQ(seen.reads, 1u);
  EXPECT_EQ(seen.read_bytes, 1u);

  EXPECT_NE(error_of(write_message(kMinMemoryBytes - 1, Bytes(2), 0, BarMap::kWindow)), 0u);
  EXPECT_NE(error_of(read_message(kMinMemoryBytes, 1, BarMap::kWindow)), 0u);
  EXPECT_NE(error_of(read_message(UINT64_MAX, 8, BarMap::kWindow)), 0u);
  seen = device->statistics().cpu;
  EXPECT_EQ(seen.writes + seen.reads, 4u) << "what the device never saw is no access";
}

TEST_F(AcceleratorWire, is_driven_by_messages_and_shared_memory) {
  start_driver();
  lay_blob();
  write<std::uint32_t>(BarMap::kWindow, 4096 + 8188, 0x12345678);
  EXPECT_EQ(read<std::uint32_t>(BarMap::kWindow, 4096 + 8188), 0x12345678u);
  const std::byte* const peer = device->peer_memory(kWindowAt + 4096 + 8188, 4);
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(load_from<std::uint32_t>({peer, 4}, 0), 0x12345678u);
  EXPECT_EQ(device->peer_memory(kWindowAt + 4096 + 8189, 4), nullptr) << "past the blob";

  // Decoding ends by a message, and begins by another one.
  write<std::uint16_t>(vfio_user::kConfigSpace, PCI_COMMAND, PCI_COMMAND_MASTER);
  EXPECT_EQ(device->peer_memory(kWindowAt + 4096, 4), nullptr);
  write<std::uint16_t>(vfio_user::kConfigSpace, PCI_COMMAND,
                       PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
  EXPECT_NE(device->peer_memory(kWindowAt + 4096, 4), nullptr);
}

TEST_F(AcceleratorWire, whose_guest_takes_its_memory_away_wants_a_reset) {
  start_driver();
  lay_blob();
  const protocol::DmaUnmap unmap{
      .argsz = sizeof(protocol::DmaUnmap), .flags = 0, .address = 0, .size = kRamBytes};
  EXPECT_EQ(error_of(message(protocol::kDmaUnmap, bytes_of(unmap))), 0u);
  post(VIRTIO_GPU_CMD_GET_DISPLAY_INFO, virtio_gpu_ctrl_hdr{});
  EXPECT_NE(status() & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
  EXPECT_GT(memory.refused(), 0u);
  // Its registers are answered, and after a reset it starts anew.
  write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, 0);
  EXPECT_EQ(status(), 0);
  posted = 0;
  start_driver();
  lay_blob();
}

TEST_F(AcceleratorWire, forgets_everything_with_its_client_but_not_the_counts) {
  start_driver();
  lay_blob();
  write<std::uint8_t>(BarMap::kWindow, 4096, 0x5a);
  client.reset();
  serve();
  connect();
  EXPECT_EQ(status(), 0);
  EXPECT_EQ(device->peer_memory(kWindowAt + 4096, 1), nullptr);
  posted = 0;
  start_driver();
  lay_blob();
  EXPECT_EQ(read<std::uint8_t>(BarMap::kWindow, 4096), 0) << "another guest's byte";
  EXPECT_EQ(device->statistics().cpu.writes, 1u);
}

}  // namespace
}  // namespace nobounce::emulator::accelerator
