// SPDX-License-Identifier: Apache-2.0
// What a guest's virtio-gpu driver does, by hand: one accelerator, 8 MiB of guest memory at IOVA 0
// with both queues in it, and commands that are sent and answered one at a time.
#pragma once

#include <gtest/gtest.h>
#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_pci.h>

#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "abi/accelerator.h"
#include "base/bytes.h"
#include "emulator/accelerator/accelerator.h"
#include "emulator/accelerator/split_ring.h"
#include "emulator/accelerator/virtio_capabilities.h"
#include "sys/memfd.h"

namespace nobounce::emulator::accelerator {

namespace abi = ::nobounce::abi::accelerator;

template <typename T>
std::vector<std::byte> raw(const T& value) {
  std::vector<std::byte> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

class DriverDouble {
 public:
  static constexpr std::uint64_t kRamBytes = std::uint64_t{8} << 20;
  static constexpr std::uint64_t kWindowAddress = std::uint64_t{0x38} << 32;
  static constexpr std::uint16_t kQueueSize = 64;
  static constexpr std::uint64_t kDescriptors = 0x1000;  // of the control queue
  static constexpr std::uint64_t kAvailable = 0x2000;
  static constexpr std::uint64_t kUsed = 0x3000;
  static constexpr std::uint64_t kCursorQueue = 0x4000;
  static constexpr std::uint64_t kRequest = 0x10000;   // room for one of 512 KiB
  static constexpr std::uint64_t kResponse = 0x90000;  // and its answer
  static constexpr std::uint64_t kBuffers = 0x100000;  // and what lies in host buffers
  static constexpr std::uint32_t kResults = 1000;      // the resource for results, at kBuffers
  static constexpr std::uint32_t kContext = 3;

  explicit DriverDouble(const AcceleratorOptions& options = {.memory_bytes = kMinMemoryBytes}) {
    sys::Fd fd = sys::create_memfd("guest", kRamBytes).value();
    view_ = sys::Mapping::map(fd.get(), 0, kRamBytes, sys::Mapping::Access::kReadWrite, "guest")
                .value();
    EXPECT_TRUE(memory.map({.iova = 0, .size = kRamBytes, .readable = true, .writeable = true},
                           std::move(fd), 0));
    device = Accelerator::create(options, memory).value();
  }

  std::byte* ram(std::uint64_t at) { return view_.bytes().data() + at; }

  // Configuration space and registers.
  template <typename T>
  void write_config(std::uint64_t offset, T value) {
    EXPECT_TRUE(device->write(vfio_user::kConfigSpace, offset, raw(value)));
  }
  template <typename T>
  void write_common(std::uint64_t offset, T value) {
    EXPECT_TRUE(device->write(BarMap::kVirtio, BarMap::kCommonAt + offset, raw(value)));
  }
  template <typename T>
  T read_common(std::uint64_t offset) {
    std::vector<std::byte> bytes(sizeof(T));
    EXPECT_TRUE(device->read(BarMap::kVirtio, BarMap::kCommonAt + offset, bytes));
    return load_le<T>(bytes.data());
  }
  std::uint8_t status() { return read_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS); }

  void decode(bool is_on) {
    write_config<std::uint16_t>(
        PCI_COMMAND, is_on ? PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER : PCI_COMMAND_MASTER);
  }
  void place_window(std::uint64_t address) {
    write_config(PCI_BASE_ADDRESS_2, static_cast<std::uint32_t>(address));
    write_config(PCI_BASE_ADDRESS_3, static_cast<std::uint32_t>(address >> 32));
  }

  void place_queue(std::uint16_t number, std::uint16_t size, std::uint64_t descriptors,
                   std::uint64_t available, std::uint64_t used) {
    write_common(VIRTIO_PCI_COMMON_Q_SELECT, number);
    write_common(VIRTIO_PCI_COMMON_Q_SIZE, size);
    write_common(VIRTIO_PCI_COMMON_Q_MSIX, static_cast<std::uint16_t>(number + 1));
    const std::map<int, std::uint64_t> places = {{VIRTIO_PCI_COMMON_Q_DESCLO, descriptors},
                                                 {VIRTIO_PCI_COMMON_Q_AVAILLO, available},
                                                 {VIRTIO_PCI_COMMON_Q_USEDLO, used}};
    for (const auto& [at, address] : places) {
      write_common(static_cast<std::uint64_t>(at), static_cast<std::uint32_t>(address));
      write_common(static_cast<std::uint64_t>(at) + 4, static_cast<std::uint32_t>(address >> 32));
    }
    write_common<std::uint16_t>(VIRTIO_PCI_COMMON_Q_ENABLE, 1);
  }

  void accept_features(std::uint32_t low, std::uint32_t high) {
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_GFSELECT, 0);
    write_common(VIRTIO_PCI_COMMON_GF, low);
    write_common<std::uint32_t>(VIRTIO_PCI_COMMON_GFSELECT, 1);
    write_common(VIRTIO_PCI_COMMON_GF, high);
    write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE |
                                                             VIRTIO_CONFIG_S_DRIVER |
                                                             VIRTIO_CONFIG_S_FEATURES_OK);
  }

  void start() {
    decode(true);
    place_window(kWindowAddress);
    accept_features(1U << VIRTIO_GPU_F_VIRGL | 1U << VIRTIO_GPU_F_RESOURCE_BLOB,
                    1U << (VIRTIO_F_VERSION_1 - 32));
    std::memset(ram(kDescriptors), 0, kRequest - kDescriptors);
    place_queue(0, kQueueSize, kDescriptors, kAvailable, kUsed);
    place_queue(1, kQueueSize, kCursorQueue, kCursorQueue + 0x1000, kCursorQueue + 0x2000);
    write_common<std::uint8_t>(VIRTIO_PCI_COMMON_STATUS, status() | VIRTIO_CONFIG_S_DRIVER_OK);
    index_ = 0;
  }

  /// One context, with a buffer for results.
  void start_context() {
    start();
    virtio_gpu_ctx_create create{};
    EXPECT_EQ(ask(VIRTIO_GPU_CMD_CTX_CREATE, create), VIRTIO_GPU_RESP_OK_NODATA);
    make_host_buffer(kResults, kBuffers, 0x4000);
  }

  void put_descriptor(std::uint16_t slot, const split_ring::Descriptor& descriptor) {
    std::memcpy(ram(kDescriptors + slot * sizeof descriptor), &descriptor, sizeof descriptor);
  }
  void make_available(std::uint16_t head) {
    store_le<std::uint16_t>(ram(kAvailable + 4 + 2 * (index_ % kQueueSize)), head);
    store_le<std::uint16_t>(ram(kAvailable + 2), ++index_);
  }
  std::uint16_t completed() { return load_le<std::uint16_t>(ram(kUsed + 2)); }

  /// Posts a request in three pieces.
  void post(std::span<const std::byte> request) {
    using namespace split_ring;
    std::memcpy(ram(kRequest), request.data(), request.size());
    std::memset(ram(kResponse), 0, sizeof(virtio_gpu_resp_display_info));
    const auto first = static_cast<std::uint32_t>(request.size() / 2);
    const auto rest = static_cast<std::uint32_t>(request.size() - first);
    put_descriptor(5, {.address = kRequest, .bytes = first, .flags = kNext, .next = 2});
    put_descriptor(2, {.address = kRequest + first, .bytes = rest, .flags = kNext, .next = 9});
    put_descriptor(9, {.address = kResponse, .bytes = 512, .flags = kWrite, .next = 0});
    make_available(5);
  }
  /// Turns until it is answered; how many it took.
  int finish() {
    int taken = 0;
    while (completed() != index_ && taken < 100'000) {
      device->run();
      ++taken;
    }
    return taken;
  }
  virtio_gpu_ctrl_hdr response() {
    virtio_gpu_ctrl_hdr header{};
    std::memcpy(&header, ram(kResponse), sizeof header);
    return header;
  }

  /// The type of the answer.
  template <typename Command>
  std::uint32_t ask(virtio_gpu_ctrl_type type, Command command,
                    std::span<const std::byte> more = {}) {
    auto* const header = reinterpret_cast<virtio_gpu_ctrl_hdr*>(&command);
    header->type = type;
    if (header->ctx_id == 0) header->ctx_id = kContext;
    std::vector<std::byte> bytes = raw(command);
    bytes.insert(bytes.end(), more.begin(), more.end());
    post(bytes);
    turns = finish();
    return response().type;
  }

  std::uint32_t create_blob(std::uint32_t id, std::uint32_t kind, std::uint64_t size,
                            std::span<const virtio_gpu_mem_entry> entries = {}) {
    virtio_gpu_resource_create_blob blob{};
    blob.resource_id = id;
    blob.blob_mem = kind;
    blob.blob_flags = VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE;
    blob.nr_entries = static_cast<std::uint32_t>(entries.size());
    blob.size = size;
    return ask(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, blob, std::as_bytes(entries));
  }
  std::uint32_t map_blob(std::uint32_t id, std::uint64_t offset) {
    virtio_gpu_resource_map_blob map{};
    map.resource_id = id;
    map.offset = offset;
    return ask(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB, map);
  }
  template <typename Command>
  std::uint32_t ask_of(virtio_gpu_ctrl_type type, std::uint32_t id) {
    Command command{};
    command.resource_id = id;
    return ask(type, command);
  }
  std::uint32_t attach(std::uint32_t id) {
    return ask_of<virtio_gpu_ctx_resource>(VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, id);
  }
  std::uint32_t unref(std::uint32_t id) {
    return ask_of<virtio_gpu_resource_unref>(VIRTIO_GPU_CMD_RESOURCE_UNREF, id);
  }

  void make_device_memory(std::uint32_t id, std::uint64_t offset, std::uint64_t size) {
    EXPECT_EQ(create_blob(id, VIRTIO_GPU_BLOB_MEM_HOST3D, size), VIRTIO_GPU_RESP_OK_NODATA);
    EXPECT_EQ(attach(id), VIRTIO_GPU_RESP_OK_NODATA);
    EXPECT_EQ(map_blob(id, offset), VIRTIO_GPU_RESP_OK_MAP_INFO);
  }
  /// Of pages that lie the last first.
  void make_host_buffer(std::uint32_t id, std::uint64_t at, std::uint64_t size) {
    std::vector<virtio_gpu_mem_entry> entries;
    for (std::uint64_t end = size; end != 0; end -= 4096)
      entries.push_back({.addr = at + end - 4096, .length = 4096, .padding = 0});
    EXPECT_EQ(create_blob(id, VIRTIO_GPU_BLOB_MEM_GUEST, size, entries), VIRTIO_GPU_RESP_OK_NODATA);
    EXPECT_EQ(attach(id), VIRTIO_GPU_RESP_OK_NODATA);
  }
  /// Byte `offset` of a host buffer made so.
  std::byte* in_host_buffer(std::uint64_t at, std::uint64_t size, std::uint64_t offset) {
    return ram(at + size - 4096 - offset / 4096 * 4096 + offset % 4096);
  }

  static std::vector<std::byte> stream_of(std::span<const std::vector<std::byte>> commands) {
    std::vector<std::byte> bytes(sizeof(abi::StreamHeader));
    for (const auto& command : commands)
      bytes.insert(bytes.end(), command.begin(), command.end());
    const abi::StreamHeader header{.magic = abi::kStreamMagic,
                                   .version = abi::kStreamVersion,
                                   .bytes = static_cast<std::uint32_t>(bytes.size()),
                                   .commands = static_cast<std::uint32_t>(commands.size()),
                                   .results_resource = kResults,
                                   .reserved = 0,
                                   .results_offset = 0};
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
  }
  std::uint32_t submit(std::span<const std::byte> stream) {
    virtio_gpu_cmd_submit submit{};
    submit.size = static_cast<std::uint32_t>(stream.size());
    submit.hdr.flags = VIRTIO_GPU_FLAG_FENCE;
    submit.hdr.fence_id = ++fence;
    return ask(VIRTIO_GPU_CMD_SUBMIT_3D, submit, stream);
  }
  /// The results of a stream that is answered well.
  std::vector<abi::Result> execute(std::span<const std::vector<std::byte>> commands) {
    EXPECT_EQ(submit(stream_of(commands)), VIRTIO_GPU_RESP_OK_NODATA);
    EXPECT_EQ(response().fence_id, fence);
    std::vector<abi::Result> results;
    for (std::size_t i = 0; i < commands.size(); ++i)
      std::memcpy(&results.emplace_back(),
                  in_host_buffer(kBuffers, 0x4000, i * sizeof(abi::Result)), sizeof(abi::Result));
    return results;
  }
  std::vector<abi::Result> execute(std::initializer_list<std::vector<std::byte>> commands) {
    return execute(std::span(commands.begin(), commands.size()));
  }

  vfio_user::GuestMemory memory;
  std::unique_ptr<Accelerator> device;
  std::uint64_t fence = 40;
  int turns = 0;  ///< Of the last request.

 private:
  sys::Mapping view_;
  std::uint16_t index_ = 0;
};

// Commands, their headers filled in.
inline std::vector<std::byte> pattern_command(abi::Opcode opcode, std::uint32_t resource,
                                              std::uint64_t offset, std::uint64_t length,
                                              std::uint64_t seed, std::uint64_t position = 0) {
  return raw(abi::FillCommand{.header = {static_cast<std::uint32_t>(opcode), 48},
                              .resource = resource,
                              .reserved = 0,
                              .offset = offset,
                              .length = length,
                              .seed = seed,
                              .position = position});
}
inline std::vector<std::byte> copy_command(std::uint32_t from, std::uint64_t from_offset,
                                           std::uint32_t to, std::uint64_t to_offset,
                                           std::uint64_t length) {
  return raw(abi::CopyCommand{
      .header = {static_cast<std::uint32_t>(abi::Opcode::kCopy), sizeof(abi::CopyCommand)},
      .from_resource = from,
      .to_resource = to,
      .from_offset = from_offset,
      .to_offset = to_offset,
      .length = length});
}
inline std::vector<std::byte> gather_command(std::uint32_t from, std::uint32_t to,
                                             const std::vector<abi::GatherPiece>& pieces) {
  const auto count = static_cast<std::uint32_t>(pieces.size());
  std::vector<std::byte> bytes = raw(abi::GatherCommand{
      .header = {static_cast<std::uint32_t>(abi::Opcode::kGather), 24 + 24 * count},
      .from_resource = from,
      .to_resource = to,
      .pieces = count,
      .reserved = 0});
  for (const abi::GatherPiece& piece : pieces) {
    const auto one = raw(piece);
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  return bytes;
}
inline std::vector<std::byte> hash_command(std::uint32_t resource, std::uint64_t offset,
                                           std::uint64_t length, std::uint32_t flags,
                                           std::uint32_t context = 0) {
  return raw(abi::HashCommand{
      .header = {static_cast<std::uint32_t>(abi::Opcode::kHash), sizeof(abi::HashCommand)},
      .resource = resource,
      .context = context,
      .flags = flags,
      .reserved = 0,
      .offset = offset,
      .length = length});
}
inline std::vector<std::byte> counters_command() {
  return raw(abi::CommandHeader{static_cast<std::uint32_t>(abi::Opcode::kCounters), 8});
}
inline abi::ResultStatus status_of(const abi::Result& result) {
  return static_cast<abi::ResultStatus>(result.status);
}

}  // namespace nobounce::emulator::accelerator
