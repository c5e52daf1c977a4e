// SPDX-License-Identifier: Apache-2.0
// ZcrxRefill: the ring in shared memory through which references to niovs go back to the kernel.
//
// One producer, which is us, and one consumer. Entries are made known in batches, by one store. The
// memory is a mapping of its own: the kernel may write to its pages for a moment after the ring was
// closed, and by then nothing else may live in them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/result.h"
#include "path/frag.h"
#include "sys/mapping.h"
#include "sys/uapi/io_uring_zcrx.h"

namespace nobounce::path {

class ZcrxRefill {
 public:
  /// Memory for `entries` (a power of two up to kMaxRefillEntries), and for the kernel's statistics
  /// behind them. Errors: those of memfd_create and mmap.
  static Result<ZcrxRefill> open(std::uint32_t entries);

  [[nodiscard]] std::uint32_t entries() const { return entries_; }
  /// The memory, to be registered; it stays where it is.
  [[nodiscard]] std::span<std::byte> memory() const { return memory_.bytes(); }
  [[nodiscard]] std::uint64_t statistics_offset() const;
  [[nodiscard]] sys::uapi::ZcrxStatistics statistics() const;

  /// Where the kernel put head, tail and entries, and what offsets of the area are to begin with.
  /// Error: kProtocol for what lies outside of the memory.
  Status attach(const sys::uapi::ZcrxOffsets& offsets, std::uint64_t area_token);

  /// Adds a reference to the niov at `area_offset`; false if the ring is full.
  bool push(std::uint64_t area_offset) {
    if (room(1) == 0) return false;
    ring_[next_++ & (entries_ - 1)].offset = area_token_ | area_offset;
    return true;
  }
  /// Adds a reference to the niov of each frag, from the first on, and returns how many there was
  /// room for. Niovs are of `niov_size` bytes, a power of two.
  std::size_t push(std::span<const Frag> frags, std::uint32_t niov_size);
  /// Makes known to the kernel what was added.
  void publish();
  /// Entries that the kernel has not taken.
  [[nodiscard]] std::uint32_t waiting() const;

 private:
  ZcrxRefill(std::uint32_t entries, sys::Mapping memory)
      : entries_(entries), memory_(std::move(memory)) {}
  /// Entries that are free. The kernel's head is read only where fewer than `wanted` are known to
  /// be.
  std::uint32_t room(std::size_t wanted) {
    if (entries_ - (next_ - known_head_) < wanted) {
      known_head_ = std::atomic_ref(*head_).load(std::memory_order_acquire);
      // A head that can't be counts as full.
      if (next_ - known_head_ > entries_) known_head_ = next_ - entries_;
    }
    return entries_ - (next_ - known_head_);
  }

  std::uint32_t entries_;
  sys::Mapping memory_;
  std::uint32_t* head_ = nullptr;
  std::uint32_t* tail_ = nullptr;
  sys::uapi::ZcrxRefillEntry* ring_ = nullptr;  // All but the offsets is 0 from the start.
  std::uint64_t area_token_ = 0;
  std::uint32_t next_ = 0;        // The tail, with what was not made known.
  std::uint32_t known_head_ = 0;  // As last read.
};

}  // namespace nobounce::path
