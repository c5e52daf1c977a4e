// SPDX-License-Identifier: Apache-2.0
// GuestMemory: what a device may reach by DMA, as the vfio-user client has mapped it.
//
// A DMA region is a range of I/O virtual addresses (IOVA; for a guest without an IOMMU its physical
// addresses) and, where the client sent a file descriptor, our mapping of it. Regions never
// overlap. Source: vfio-user protocol specification, VFIO_USER_DMA_MAP and VFIO_USER_DMA_UNMAP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "sys/fd.h"
#include "sys/mapping.h"

namespace nobounce::emulator::vfio_user {

enum class DmaAccess { kRead, kWrite };

/// What else answers on the guest's bus: the memory of other devices, reached by peer-to-peer DMA.
class PeerMemory {
 public:
  virtual ~PeerMemory() = default;

  /// Our address of [address, address + length), or nullptr unless one device answers to all of it.
  /// Good until the next message of any client.
  [[nodiscard]] virtual std::byte* resolve(std::uint64_t address, std::uint64_t length) const = 0;
};

/// Owns the mappings. Not thread-safe: the thread that serves the client also runs the device.
class GuestMemory {
 public:
  struct Range {
    std::uint64_t iova = 0;
    std::uint64_t size = 0;
    bool readable = false;
    bool writeable = false;
  };

  /// Adds a region. `fd` may be empty: the region then exists, but no DMA reaches it. A descriptor
  /// must be big enough for [fd_offset, fd_offset + size) and sealed against shrinking, since a
  /// client that truncates the file would otherwise kill us with SIGBUS.
  /// Errors: kInvalidArgument (empty, wrapping, or not page-aligned), kBusy (overlap),
  /// kExhausted (kMaxRegions), those of mmap.
  Status map(const Range& range, sys::Fd fd, std::uint64_t fd_offset);

  /// Removes every region that lies wholly in [iova, iova + size). Errors: kInvalidArgument where a
  /// region would be cut in two, kNotFound where there is none.
  Status unmap(std::uint64_t iova, std::uint64_t size);
  void unmap_all();

  /// Our address of [iova, iova + length), or nullptr unless all of it lies in one region that has
  /// a mapping and allows the access, or in the memory of a peer. The guest may change the bytes at
  /// any time. The pointer is good until the device returns to the event loop, where regions and
  /// peers may change.
  [[nodiscard]] std::byte* translate(std::uint64_t iova, std::uint64_t length,
                                     DmaAccess access) const {
    // Inline as far as DMA is local, which it is: a guest's memory is two regions, mostly.
    const Region* region = last_region_ < regions_.size() ? &regions_[last_region_] : nullptr;
    if (region == nullptr || !region->holds(iova, length)) region = find(iova, length);
    if (region == nullptr) return of_peers(iova, length);
    const bool allowed =
        access == DmaAccess::kRead ? region->range.readable : region->range.writeable;
    if (!allowed || region->mapping.bytes().empty()) {
      ++refused_;
      return nullptr;
    }
    return region->mapping.bytes().data() + (iova - region->range.iova);
  }

  /// From now on addresses of no region are asked of `peers`, which must outlive this.
  void set_peers(const PeerMemory* peers) { peers_ = peers; }

  /// How many translations found nothing: accesses that the device could not make.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::size_t region_count() const { return regions_.size(); }

  static constexpr std::size_t kMaxRegions = 4096;

 private:
  struct Region {
    Range range;
    sys::Mapping mapping;

    [[nodiscard]] bool holds(std::uint64_t iova, std::uint64_t length) const {
      return iova >= range.iova && range_fits(iova - range.iova, length, range.size);
    }
  };

  [[nodiscard]] std::byte* of_peers(std::uint64_t iova, std::uint64_t length) const {
    std::byte* const found = peers_ == nullptr ? nullptr : peers_->resolve(iova, length);
    refused_ += found == nullptr ? 1 : 0;
    return found;
  }
  [[nodiscard]] const Region* find(std::uint64_t iova, std::uint64_t length) const;

  std::vector<Region> regions_;          // sorted by IOVA
  mutable std::size_t last_region_ = 0;  // where the last translation was found
  mutable std::uint64_t refused_ = 0;
  const PeerMemory* peers_ = nullptr;
};

}  // namespace nobounce::emulator::vfio_user
