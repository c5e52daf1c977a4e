// SPDX-License-Identifier: Apache-2.0
// Virtqueue: the device's side of a split virtqueue. Every descriptor is copied out of guest memory
// once, then checked, then used; addresses are translated anew at each use, since the guest's
// memory may change from turn to turn.
//
// A ring that cannot be (a chain without an end, a descriptor that is not there, memory that the
// device cannot reach) faults the queue: it takes nothing more until its driver resets the device.
// Indirect descriptors and event indices are not offered. Source: Virtual I/O Device (VIRTIO)
// Version 1.2, section 2.7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::accelerator {

/// Where the driver has put a queue.
struct VirtqueuePlace {
  std::uint16_t size = 0;  ///< Descriptors: a power of two of at most Virtqueue::kMaxSize.
  std::uint64_t descriptors = 0;
  std::uint64_t available = 0;
  std::uint64_t used = 0;
};

/// One request of the driver's: bytes for the device to read, then room for it to write to.
class Chain {
 public:
  struct Segment {
    std::uint64_t address = 0;
    std::uint32_t bytes = 0;
  };

  [[nodiscard]] std::uint16_t head() const { return head_; }
  [[nodiscard]] std::uint64_t readable_bytes() const { return readable_bytes_; }
  [[nodiscard]] std::uint64_t writable_bytes() const { return writable_bytes_; }

  /// Copies bytes of the readable part from `offset` on. False if they are not there, or not to be
  /// reached.
  bool read(const vfio_user::GuestMemory& memory, std::uint64_t offset,
            std::span<std::byte> to) const;
  /// Copies as much as there is room for, and returns how much that was; nothing if the room is not
  /// to be reached.
  std::optional<std::uint32_t> write(const vfio_user::GuestMemory& memory,
                                     std::span<const std::byte> from) const;

 private:
  friend class Virtqueue;
  void clear(std::uint16_t head);
  /// False where what the device reads follows what it writes.
  bool add(const Segment& segment, bool is_writable);

  std::uint16_t head_ = 0;
  std::vector<Segment> segments_;  // those to read first
  std::size_t readable_ = 0;
  std::uint64_t readable_bytes_ = 0;
  std::uint64_t writable_bytes_ = 0;
};

/// Not thread-safe.
class Virtqueue {
 public:
  static constexpr std::uint16_t kMaxSize = 1024;

  explicit Virtqueue(const vfio_user::GuestMemory& memory) : memory_(memory) {}

  /// Whether a queue can lie there.
  static bool can_be(const VirtqueuePlace& place);
  /// Begins with empty rings.
  void start(const VirtqueuePlace& place);
  void stop() { place_ = {}; }
  [[nodiscard]] bool is_running() const { return place_.size != 0; }
  [[nodiscard]] bool faulted() const { return faulted_; }

  /// Fills `chain` with the driver's next request. False if there is none, or the queue is faulted.
  bool take(Chain& chain);
  /// Gives it back, with so many bytes written into it.
  void complete(const Chain& chain, std::uint32_t bytes_written);
  /// Something went wrong that its driver must know of.
  void fault() { faulted_ = true; }

  /// Whether the driver is to be interrupted for what was completed since the last call.
  bool take_interrupt_request();

 private:
  bool collect(std::uint16_t head, Chain& chain);

  const vfio_user::GuestMemory& memory_;
  VirtqueuePlace place_;
  std::uint16_t next_available_ = 0;
  std::uint16_t next_used_ = 0;
  bool has_completed_ = false;
  bool faulted_ = false;
};

}  // namespace nobounce::emulator::accelerator
