// SPDX-License-Identifier: Apache-2.0
// VirtioTransport: what of a virtio device over PCI is the same for every kind: the status
// handshake, the features, the queues' places, and interrupts. It knows nothing of GPUs.
// Source: Virtual I/O Device (VIRTIO) Version 1.2, sections 2.1 to 2.4, 3.1 and 4.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "emulator/accelerator/virtqueue.h"
#include "emulator/vfio_user/guest_memory.h"
#include "sys/fd.h"

namespace nobounce::emulator::accelerator {

/// Not thread-safe. Neither movable nor copyable.
class VirtioTransport {
 public:
  static constexpr std::uint16_t kQueues = 2;
  static constexpr std::uint16_t kVectors = kQueues + 1;  ///< And one for the configuration.

  /// `features` are those of the device's kind; the transport adds its own.
  VirtioTransport(const vfio_user::GuestMemory& memory, std::uint64_t features);
  VirtioTransport(const VirtioTransport&) = delete;
  VirtioTransport& operator=(const VirtioTransport&) = delete;

  /// Accesses to BarMap::kVirtio. The kind's own configuration reads as zeros.
  void read(std::uint64_t offset, std::span<std::byte> to);
  /// True if the driver has reset the device: the transport is reset already.
  bool write(std::uint64_t offset, std::span<const std::byte> from);
  /// `vector` beyond kVectors is ignored.
  void set_eventfd(std::uint32_t vector, sys::Fd eventfd);
  /// As the driver's own reset; eventfds stay.
  void reset();

  /// True from the driver's DRIVER_OK to its reset, or to the device's fault.
  [[nodiscard]] bool is_running() const;
  /// True for a driver that is there, whether the device has a fault or not.
  [[nodiscard]] bool has_driver() const;
  [[nodiscard]] Virtqueue& queue(std::uint16_t index) { return queues_[index].ring; }

  /// Interrupts for what was completed, and asks for a reset, once, if a queue is faulted.
  void end_batch();
  [[nodiscard]] std::uint64_t resets_wanted() const { return resets_wanted_; }

 private:
  struct Queue {
    explicit Queue(const vfio_user::GuestMemory& memory) : ring(memory) {}
    Virtqueue ring;
    VirtqueuePlace place{.size = Virtqueue::kMaxSize};
    std::uint16_t vector = kNoVector;
  };
  static constexpr std::uint16_t kNoVector = 0xffff;

  void read_common(std::uint64_t offset, std::span<std::byte> to) const;
  bool write_common(std::uint64_t offset, std::uint64_t value, std::size_t bytes);
  void write_queue(std::uint64_t offset, std::uint32_t value, std::size_t bytes);
  bool write_status(std::uint8_t status);
  [[nodiscard]] Queue* selected();
  [[nodiscard]] const Queue* selected() const;
  void raise(std::uint16_t vector);
  void want_reset();

  std::uint64_t offered_;
  std::uint64_t accepted_ = 0;
  std::uint32_t offered_select_ = 0;
  std::uint32_t accepted_select_ = 0;
  std::uint8_t status_ = 0;
  std::uint16_t queue_select_ = 0;
  std::uint16_t config_vector_ = kNoVector;
  std::array<Queue, kQueues> queues_;
  std::array<sys::Fd, kVectors> eventfds_;
  std::array<bool, kVectors> pending_{};  // raised while there was no eventfd
  std::uint64_t resets_wanted_ = 0;
};

}  // namespace nobounce::emulator::accelerator
