// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/accelerator.h"

#include <linux/pci_regs.h>
#include <linux/virtio_ids.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "emulator/accelerator/virtio_capabilities.h"

namespace nobounce::emulator::accelerator {

using vfio_user::PciIrq;
using vfio_user::PciRegion;

namespace {

constexpr std::uint16_t kControlQueue = 0;
constexpr std::uint16_t kCursorQueue = 1;

Result<vfio_user::PciConfig> make_pci_config(std::uint64_t memory_bytes) {
  constexpr std::uint16_t kVirtioVendor = 0x1af4;
  constexpr std::uint16_t kVirtioDevices = 0x1040;  // and the number of the virtio kind
  vfio_user::PciConfigOptions config{
      .vendor_id = kVirtioVendor,
      .device_id = kVirtioDevices + VIRTIO_ID_GPU,
      .subsystem_vendor_id = kVirtioVendor,
      .subsystem_id = 0x1100,
      .class_code = 0x120000,  // processing accelerator
      .revision = 1,           // virtio 1.0 or newer, without a legacy side
      .bars = {},
      .msix = vfio_user::PciMsix{.vectors = VirtioTransport::kVectors,
                                 .table_bar = BarMap::kMsix,
                                 .table_offset = 0,
                                 .pba_bar = BarMap::kMsix,
                                 .pba_offset = BarMap::kMsixPendingBitsAt},
      .vendor_capabilities = virtio_capabilities(memory_bytes, VirtioTransport::kQueues)};
  config.bars[BarMap::kVirtio].size = BarMap::kVirtioBytes;
  config.bars[BarMap::kMsix].size = BarMap::kMsixBytes;
  config.bars[BarMap::kWindow] = {.size = memory_bytes, .is_64bit = true, .is_prefetchable = true};
  return vfio_user::PciConfig::create(config);
}

}  // namespace

Result<std::unique_ptr<Accelerator>> Accelerator::create(const AcceleratorOptions& options,
                                                         const vfio_user::GuestMemory& memory) {
  NB_ASSIGN(Window window, Window::create(options.memory_bytes, options.accesses_noted));
  NB_ASSIGN(const vfio_user::PciConfig config, make_pci_config(options.memory_bytes));
  return std::unique_ptr<Accelerator>(new Accelerator(config, std::move(window), memory));
}

Accelerator::Accelerator(const vfio_user::PciConfig& config, Window window,
                         const vfio_user::GuestMemory& memory)
    : config_(config),
      window_(std::move(window)),
      transport_(memory, Gpu::kFeatures),
      gpu_(memory, window_) {}

std::uint64_t Accelerator::region_size(PciRegion region) const {
  switch (region) {
    case BarMap::kVirtio:
      return BarMap::kVirtioBytes;
    case BarMap::kMsix:
      return BarMap::kMsixBytes;
    case BarMap::kWindow:
      return window_.bytes();
    case vfio_user::kConfigSpace:
      return vfio_user::PciConfig::kSize;
    default:
      return 0;
  }
}

std::uint32_t Accelerator::irq_count(PciIrq irq) const {
  if (irq == vfio_user::kMsix) return VirtioTransport::kVectors;
  // QEMU wants to be told of uncorrectable errors, and warns where it can't be. There are none.
  return irq == vfio_user::kErr ? 1 : 0;
}

Status Accelerator::read(PciRegion region, std::uint64_t offset, std::span<std::byte> to) {
  switch (region) {
    case vfio_user::kConfigSpace:
      return config_.read(offset, to);
    case BarMap::kVirtio:
      transport_.read(offset, to);
      return {};
    case BarMap::kWindow:
      window_.read(offset, to);
      return {};
    default:
      std::ranges::fill(to, std::byte{0});  // the client keeps the vector table
      return {};
  }
}

Status Accelerator::write(PciRegion region, std::uint64_t offset, std::span<const std::byte> from) {
  if (region == vfio_user::kConfigSpace) return config_.write(offset, from);
  if (region == BarMap::kWindow) window_.write(offset, from);
  if (region == BarMap::kVirtio && transport_.write(offset, from)) {
    gpu_.reset();
    ++resets_;
  }
  return {};
}

void Accelerator::set_irq(PciIrq irq, std::uint32_t vector, sys::Fd eventfd) {
  if (irq == vfio_user::kMsix) transport_.set_eventfd(vector, std::move(eventfd));
}

void Accelerator::reset() {
  transport_.reset();
  gpu_.reset();
  config_.reset();
  ++resets_;
}

bool Accelerator::run() {
  // What a driver has left behind goes whether there is another or not.
  if (!window_.is_clean()) {
    window_.scrub(16 * kTurnBytes);
    return true;
  }
  if (!config_.bus_master_enabled() || !transport_.is_running()) return false;
  const bool is_work_left = gpu_.run(transport_.queue(kControlQueue), kTurnBytes);
  refuse_cursors();
  transport_.end_batch();
  return is_work_left;
}

// There is no cursor, and no room in its commands to say so.
void Accelerator::refuse_cursors() {
  Virtqueue& queue = transport_.queue(kCursorQueue);
  for (std::uint16_t i = 0; i < Virtqueue::kMaxSize && queue.take(cursor_); ++i)
    queue.complete(cursor_, 0);
}

std::byte* Accelerator::peer_memory(std::uint64_t address, std::uint64_t length) const {
  const auto base = config_.bar_address(BarMap::kWindow);
  if (!base || address < *base || !range_fits(address - *base, length, window_.bytes()))
    return nullptr;
  return window_.locate(address - *base, length);
}

AcceleratorStatistics Accelerator::statistics() const {
  return {.cpu = window_.accesses().counters(),
          .latest_accesses = window_.accesses().latest(),
          .gpu = gpu_.statistics(),
          .resets_wanted = transport_.resets_wanted(),
          .resets = resets_};
}

}  // namespace nobounce::emulator::accelerator
