// SPDX-License-Identifier: Apache-2.0
// A virtio-gpu driver of an accelerator: rings, commands and streams between right and absurd, over
// memory that changes between any two turns, with accesses of CPUs and of peers in between.
#include <linux/virtio_gpu.h>

#include <cstring>
#include <memory>
#include <vector>

#include "abi/accelerator.h"
#include "base/bytes.h"
#include "emulator/accelerator/accelerator.h"
#include "fuzz/guest.h"
#include "fuzz/targets.h"

namespace nobounce::fuzz {
namespace {

namespace device = emulator::accelerator;
namespace abi = abi::accelerator;
using emulator::vfio_user::PciRegion;

constexpr std::uint64_t kWindowAddress = std::uint64_t{1} << 40;
constexpr std::uint16_t kQueueSize = 16;
constexpr std::uint64_t kDescriptors = 0x1000;
constexpr std::uint64_t kAvailable = 0x2000;
constexpr std::uint64_t kUsed = 0x3000;
constexpr std::uint64_t kRequest = 0x10000;
constexpr std::uint64_t kResponse = 0x30000;
constexpr std::uint64_t kBuffers = 0x40000;
constexpr std::uint32_t kMostIds = 6;

template <typename T>
void append(std::vector<std::byte>& to, const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

class Driver {
 public:
  Driver(GuestRam& ram, Choices& choices)
      : ram_(ram),
        choices_(choices),
        accelerator_(sure(device::Accelerator::create(
            {.memory_bytes = device::kMinMemoryBytes, .accesses_noted = 4}, ram.memory))) {
    start();
  }

  void act() {
    switch (choices_.below(16)) {
      case 0:
        ram_.scribble(choices_);
        break;
      case 1:
        if (choices_.once_in(8)) restart();
        break;
      case 2:
        touch();
        break;
      case 3:
        write(PciRegion::kBar0, choices_.below(64), choices_.number<std::uint32_t>(),
              1u << choices_.below(3));
        if (choices_.below(4) != 0) restart();
        break;
      case 4:
        peer();
        break;
      case 5:
        place_odd_descriptor();
        break;
      default:
        post(request());
        break;
    }
    for (std::uint32_t left = choices_.below(4); left != 0; --left)
      accelerator_->run();
  }

  void finish() {
    for (int turns = 0; turns < 4096 && accelerator_->run(); ++turns) {
    }
  }

 private:
  void write(PciRegion region, std::uint64_t offset, std::uint64_t value, std::size_t bytes) {
    if (!range_fits(offset, bytes, accelerator_->region_size(region))) return;
    sure(accelerator_->write(region, offset, std::as_bytes(std::span(&value, 1)).first(bytes)));
  }
  void common(std::uint64_t offset, std::uint64_t value, std::size_t bytes) {
    write(PciRegion::kBar0, offset, value, bytes);
  }

  void start() {
    write(PciRegion::kConfigSpace, 4, 6, 2);
    write(PciRegion::kConfigSpace, 0x18, kWindowAddress, 4);
    write(PciRegion::kConfigSpace, 0x1c, kWindowAddress >> 32, 4);
    common(8, 0, 4);
    common(12, 9, 4);
    common(8, 1, 4);
    common(12, 1, 4);
    common(20, 11, 1);
    common(22, 0, 2);
    common(24, kQueueSize, 2);
    common(32, kDescriptors, 4);
    common(40, kAvailable, 4);
    common(48, kUsed, 4);
    common(28, 1, 2);
    common(20, 15, 1);
    std::memset(ram_.at(kAvailable), 0, 4);
    tail_ = 0;
  }
  void restart() {
    if (choices_.below(2) == 0) {
      accelerator_->reset();
    } else {
      common(20, 0, 1);
    }
    start();
  }

  void touch() {
    const std::uint64_t offset =
        choices_.below(4) == 0 ? choices_.number<std::uint32_t>() : choices_.below(64) * 4096;
    if (choices_.below(2) == 0) {
      write(PciRegion::kBar2, offset, choices_.number<std::uint64_t>(), 1u << choices_.below(4));
    } else {
      std::array<std::byte, 8> to{};
      if (range_fits(offset, to.size(), accelerator_->region_size(PciRegion::kBar2)))
        sure(accelerator_->read(PciRegion::kBar2, offset, to));
    }
  }

  /// What a NIC would do with its buffer there.
  void peer() {
    const std::uint64_t offset =
        choices_.below(4) == 0 ? choices_.number<std::uint64_t>() : choices_.below(64) * 4096;
    const std::uint64_t length = choices_.below(8192);
    if (std::byte* const at = accelerator_->peer_memory(kWindowAddress + offset, length))
      std::memset(at, 0x77, length);
  }

  void place_descriptor(std::uint16_t slot, std::uint64_t address, std::uint32_t bytes,
                        std::uint16_t flags, std::uint16_t next) {
    std::byte* const at = ram_.at(kDescriptors + slot * 16u);
    store_le(at, address);
    store_le(at + 8, bytes);
    store_le(at + 12, flags);
    store_le(at + 14, next);
  }
  void make_available(std::uint16_t head) {
    store_le(ram_.at(kAvailable + 4 + tail_ % kQueueSize * 2u), head);
    store_le(ram_.at(kAvailable + 2), ++tail_);
  }
  void place_odd_descriptor() {
    const auto slot = static_cast<std::uint16_t>(choices_.below(kQueueSize));
    place_descriptor(slot, GuestRam::address(choices_), choices_.number<std::uint32_t>(),
                     choices_.number<std::uint8_t>() & 7,
                     static_cast<std::uint16_t>(choices_.below(kQueueSize + 1)));
    make_available(slot);
  }
  void post(const std::vector<std::byte>& bytes) {
    std::memcpy(ram_.at(kRequest), bytes.data(), bytes.size());
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const std::uint32_t first = choices_.below(size + 1);
    place_descriptor(0, kRequest, first, 1, 1);
    place_descriptor(1, kRequest + first, size - first, 1, 2);
    place_descriptor(2, kResponse, 64, 2, 0);
    make_available(0);
  }

  std::uint32_t id() { return choices_.below(kMostIds); }
  std::uint64_t size() {
    return choices_.below(8) == 0 ? choices_.number<std::uint64_t>()
                                  : (1 + choices_.below(32)) * std::uint64_t{4096};
  }

  std::vector<std::byte> request() {
    constexpr std::array kTypes = {VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
                                   VIRTIO_GPU_CMD_CTX_CREATE,
                                   VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
                                   VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB,
                                   VIRTIO_GPU_CMD_SUBMIT_3D,
                                   VIRTIO_GPU_CMD_SUBMIT_3D,
                                   VIRTIO_GPU_CMD_SUBMIT_3D,
                                   VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB,
                                   VIRTIO_GPU_CMD_RESOURCE_UNREF,
                                   VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE,
                                   VIRTIO_GPU_CMD_CTX_DESTROY,
                                   VIRTIO_GPU_CMD_GET_DISPLAY_INFO};
    virtio_gpu_ctrl_hdr header{};
    header.type = kTypes[choices_.below(kTypes.size())];
    if (choices_.once_in(64)) header.type = choices_.number<std::uint32_t>();
    header.flags = choices_.below(2);
    header.fence_id = choices_.number<std::uint8_t>();
    header.ctx_id = 1 + choices_.below(2);
    std::vector<std::byte> bytes;
    append(bytes, header);
    if (header.type == VIRTIO_GPU_CMD_SUBMIT_3D) {
      const std::vector<std::byte> stream = make_stream();
      append(bytes, static_cast<std::uint32_t>(stream.size()));
      append(bytes, std::uint32_t{0});
      bytes.insert(bytes.end(), stream.begin(), stream.end());
    } else if (header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB) {
      append_blob(bytes);
    } else {
      append(bytes, id());
      append(bytes, std::uint32_t{0});
      append(bytes, (choices_.below(32)) * std::uint64_t{4096});
      bytes.resize(bytes.size() + 64);
    }
    return bytes;
  }

  void append_blob(std::vector<std::byte>& bytes) {
    const bool is_guest = choices_.below(2) == 0;
    const std::uint32_t entries = is_guest ? 1 + choices_.below(16) : choices_.below(8) / 7;
    append(bytes, id());
    append(bytes, std::uint32_t{is_guest ? 1u : 2u});
    append(bytes, std::uint32_t{choices_.below(8) == 0 ? 0u : 1u});
    append(bytes, entries);
    append(bytes, std::uint64_t{0});
    append(bytes, is_guest ? entries * std::uint64_t{4096} : size());
    for (std::uint32_t i = 0; i < entries; ++i) {
      append(bytes, choices_.once_in(16) ? GuestRam::address(choices_)
                                         : kBuffers + choices_.below(128) * std::uint64_t{4096});
      append(bytes, std::uint32_t{choices_.once_in(32) ? choices_.number<std::uint32_t>() : 4096});
      append(bytes, std::uint32_t{0});
    }
  }

  std::uint64_t offset() {
    return choices_.once_in(16) ? choices_.number<std::uint64_t>() : choices_.below(70000);
  }
  std::vector<std::byte> make_stream() {
    std::vector<std::byte> bytes(sizeof(abi::StreamHeader));
    const std::uint32_t commands = 1 + choices_.below(4);
    for (std::uint32_t i = 0; i < commands; ++i)
      append_command(bytes);
    const abi::StreamHeader header{
        .magic = abi::kStreamMagic,
        .version = abi::kStreamVersion,
        .bytes = static_cast<std::uint32_t>(bytes.size()),
        .commands = choices_.once_in(16) ? choices_.number<std::uint32_t>() : commands,
        .results_resource = id(),
        .reserved = 0,
        .results_offset = choices_.once_in(8) ? offset() : 0};
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
  }
  void append_command(std::vector<std::byte>& bytes) {
    const std::uint32_t opcode = choices_.below(8);
    const std::size_t at = bytes.size();
    append(bytes, std::uint64_t{opcode});
    if (opcode == 3) {
      append(bytes, id());
      append(bytes, id());
      for (int i = 0; i < 3; ++i)
        append(bytes, offset());
    } else if (opcode == 4) {
      const std::uint32_t pieces = choices_.below(12);
      append(bytes, id());
      append(bytes, id());
      append(bytes, choices_.once_in(16) ? choices_.number<std::uint32_t>() : pieces);
      append(bytes, std::uint32_t{0});
      for (std::uint32_t i = 0; i < 3 * pieces; ++i)
        append(bytes, offset() / 3);
    } else if (opcode != 6) {
      append(bytes, id());
      append(bytes, opcode == 5 ? choices_.below(3) : 0);
      if (opcode == 5) append(bytes, std::uint64_t{choices_.below(4)});
      for (int i = 0; i < (opcode == 5 ? 2 : 4); ++i)
        append(bytes, offset());
    }
    const auto size = static_cast<std::uint32_t>(bytes.size() - at);
    store_le(&bytes[at + 4], choices_.once_in(32) ? choices_.number<std::uint32_t>() : size);
  }

  GuestRam& ram_;
  Choices& choices_;
  std::unique_ptr<device::Accelerator> accelerator_;
  std::uint16_t tail_ = 0;
};

}  // namespace

void accelerator(Input input) {
  static GuestRam ram;
  ram.clear();
  Choices choices(input);
  Driver driver(ram, choices);
  while (choices.any_left())
    driver.act();
  driver.finish();
}

}  // namespace nobounce::fuzz
