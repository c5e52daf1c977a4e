// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/virtio_transport.h"

#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "emulator/accelerator/virtio_capabilities.h"
#include "sys/event_fd.h"

namespace nobounce::emulator::accelerator {
namespace {

// A device behind the platform's IOMMU, if there is one: its addresses are those of DMA.
constexpr std::uint64_t kTransportFeatures =
    std::uint64_t{1} << VIRTIO_F_VERSION_1 | std::uint64_t{1} << VIRTIO_F_ACCESS_PLATFORM;

constexpr std::uint32_t half_of(std::uint64_t features, std::uint32_t select) {
  return select > 1 ? 0 : static_cast<std::uint32_t>(features >> (32 * select));
}

void set_half(std::uint64_t& value, bool is_upper, std::uint32_t half) {
  const unsigned shift = is_upper ? 32 : 0;
  value = (value & ~(std::uint64_t{0xffffffff} << shift)) | std::uint64_t{half} << shift;
}

std::uint64_t value_of(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

}  // namespace

VirtioTransport::VirtioTransport(const vfio_user::GuestMemory& memory, std::uint64_t features)
    : offered_(features | kTransportFeatures), queues_{Queue(memory), Queue(memory)} {}

void VirtioTransport::read(std::uint64_t offset, std::span<std::byte> to) {
  std::ranges::fill(to, std::byte{0});
  // The interrupt status is for interrupts without MSI-X, which the device has not.
  if (range_fits(offset, to.size(), BarMap::kCommonBytes)) read_common(offset, to);
}

void VirtioTransport::read_common(std::uint64_t offset, std::span<std::byte> to) const {
  std::array<std::byte, BarMap::kCommonBytes> bytes{};
  virtio_pci_common_cfg config{};
  config.device_feature_select = offered_select_;
  config.device_feature = half_of(offered_, offered_select_);
  config.guest_feature_select = accepted_select_;
  config.guest_feature = half_of(accepted_, accepted_select_);
  config.msix_config = config_vector_;
  config.num_queues = kQueues;
  config.device_status = status_;
  config.queue_select = queue_select_;
  if (const Queue* queue = selected()) {
    config.queue_size = queue->place.size;
    config.queue_msix_vector = queue->vector;
    config.queue_enable = queue->ring.is_running() ? 1 : 0;
    config.queue_notify_off = queue_select_;
    config.queue_desc_lo = static_cast<std::uint32_t>(queue->place.descriptors);
    config.queue_desc_hi = static_cast<std::uint32_t>(queue->place.descriptors >> 32);
    config.queue_avail_lo = static_cast<std::uint32_t>(queue->place.available);
    config.queue_avail_hi = static_cast<std::uint32_t>(queue->place.available >> 32);
    config.queue_used_lo = static_cast<std::uint32_t>(queue->place.used);
    config.queue_used_hi = static_cast<std::uint32_t>(queue->place.used >> 32);
  }
  std::memcpy(bytes.data(), &config, sizeof config);
  std::memcpy(to.data(), bytes.data() + offset, to.size());
}

// A notification says what the next turn would find anyway.
bool VirtioTransport::write(std::uint64_t offset, std::span<const std::byte> from) {
  return range_fits(offset, from.size(), BarMap::kCommonBytes) &&
         write_common(offset, value_of(from), from.size());
}

// A field is written whole, as the specification demands; all else is ignored.
bool VirtioTransport::write_common(std::uint64_t offset, std::uint64_t value, std::size_t bytes) {
  const auto word = static_cast<std::uint32_t>(value);
  if (offset == VIRTIO_PCI_COMMON_STATUS && bytes == 1)
    return write_status(static_cast<std::uint8_t>(value));
  if (bytes == 4 && offset == VIRTIO_PCI_COMMON_DFSELECT) offered_select_ = word;
  if (bytes == 4 && offset == VIRTIO_PCI_COMMON_GFSELECT) accepted_select_ = word;
  if (bytes == 4 && offset == VIRTIO_PCI_COMMON_GF && accepted_select_ <= 1 &&
      (status_ & VIRTIO_CONFIG_S_FEATURES_OK) == 0)
    set_half(accepted_, accepted_select_ == 1, word);
  if (bytes == 2 && offset == VIRTIO_PCI_COMMON_MSIX)
    config_vector_ = word < kVectors ? static_cast<std::uint16_t>(word) : kNoVector;
  if (bytes == 2 && offset == VIRTIO_PCI_COMMON_Q_SELECT)
    queue_select_ = static_cast<std::uint16_t>(word);
  write_queue(offset, word, bytes);
  return false;
}

void VirtioTransport::write_queue(std::uint64_t offset, std::uint32_t value, std::size_t bytes) {
  Queue* const queue = selected();
  // Where a queue lies can't be changed under it.
  if (queue == nullptr || queue->ring.is_running()) return;
  VirtqueuePlace& place = queue->place;
  if (bytes == 2) {
    if (offset == VIRTIO_PCI_COMMON_Q_SIZE) place.size = static_cast<std::uint16_t>(value);
    if (offset == VIRTIO_PCI_COMMON_Q_MSIX)
      queue->vector = value < kVectors ? static_cast<std::uint16_t>(value) : kNoVector;
    if (offset == VIRTIO_PCI_COMMON_Q_ENABLE && value == 1) {
      if (Virtqueue::can_be(place)) {
        queue->ring.start(place);
      } else {
        want_reset();
      }
    }
    return;
  }
  if (bytes != 4) return;
  const bool is_upper = offset % 8 != 0;
  switch (offset) {
    case VIRTIO_PCI_COMMON_Q_DESCLO:
    case VIRTIO_PCI_COMMON_Q_DESCHI:
      set_half(place.descriptors, is_upper, value);
      break;
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
    case VIRTIO_PCI_COMMON_Q_AVAILHI:
      set_half(place.available, is_upper, value);
      break;
    case VIRTIO_PCI_COMMON_Q_USEDLO:
    case VIRTIO_PCI_COMMON_Q_USEDHI:
      set_half(place.used, is_upper, value);
      break;
    default:
      break;
  }
}

bool VirtioTransport::write_status(std::uint8_t status) {
  if (status == 0) {
    reset();
    return true;
  }
  const bool wants_features = (status & ~status_ & VIRTIO_CONFIG_S_FEATURES_OK) != 0;
  const bool has_them =
      (accepted_ & ~offered_) == 0 && (accepted_ & std::uint64_t{1} << VIRTIO_F_VERSION_1) != 0;
  if (wants_features && !has_them)
    status &= static_cast<std::uint8_t>(~VIRTIO_CONFIG_S_FEATURES_OK);
  status_ = status | (status_ & VIRTIO_CONFIG_S_NEEDS_RESET);
  return false;
}

void VirtioTransport::set_eventfd(std::uint32_t vector, sys::Fd eventfd) {
  if (vector >= kVectors) return;
  eventfds_[vector] = std::move(eventfd);
  if (std::exchange(pending_[vector], false)) raise(static_cast<std::uint16_t>(vector));
}

void VirtioTransport::reset() {
  accepted_ = 0;
  offered_select_ = 0;
  accepted_select_ = 0;
  status_ = 0;
  queue_select_ = 0;
  config_vector_ = kNoVector;
  for (Queue& queue : queues_) {
    queue.ring.stop();
    queue.place = {.size = Virtqueue::kMaxSize};
    queue.vector = kNoVector;
  }
  pending_ = {};
}

bool VirtioTransport::is_running() const {
  return has_driver() && (status_ & VIRTIO_CONFIG_S_NEEDS_RESET) == 0;
}

bool VirtioTransport::has_driver() const {
  constexpr std::uint8_t kNeeded = VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK;
  return (status_ & kNeeded) == kNeeded;
}

VirtioTransport::Queue* VirtioTransport::selected() {
  return queue_select_ < kQueues ? &queues_[queue_select_] : nullptr;
}

const VirtioTransport::Queue* VirtioTransport::selected() const {
  return queue_select_ < kQueues ? &queues_[queue_select_] : nullptr;
}

void VirtioTransport::end_batch() {
  for (Queue& queue : queues_) {
    if (queue.ring.is_running() && queue.ring.take_interrupt_request()) raise(queue.vector);
    if (queue.ring.is_running() && queue.ring.faulted()) want_reset();
  }
}

void VirtioTransport::raise(std::uint16_t vector) {
  if (vector >= kVectors) return;
  if (eventfds_[vector].is_open()) {
    sys::signal_eventfd(eventfds_[vector].get());
  } else {
    pending_[vector] = true;
  }
}

void VirtioTransport::want_reset() {
  if ((status_ & VIRTIO_CONFIG_S_NEEDS_RESET) != 0) return;
  status_ |= VIRTIO_CONFIG_S_NEEDS_RESET;
  ++resets_wanted_;
  raise(config_vector_);
}

}  // namespace nobounce::emulator::accelerator
