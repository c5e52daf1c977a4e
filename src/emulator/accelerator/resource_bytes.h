// SPDX-License-Identifier: Apache-2.0
// ResourceBytes: how the bytes of a resource are reached, be they the device's own or scattered
// over the guest's memory. They come in runs, since nothing else is contiguous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "emulator/accelerator/resources.h"
#include "emulator/accelerator/window.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::accelerator {

/// What a device reaches.
struct Reach {
  const vfio_user::GuestMemory& memory;
  const Window& window;
};

/// A view, good as long as the resource is; the runs that it gives, until the turn ends.
class ResourceBytes {
 public:
  ResourceBytes(const Reach& reach, const Resource& resource, vfio_user::DmaAccess access)
      : reach_(reach), resource_(&resource), access_(access) {}

  /// The run that begins at `offset`, of `most` bytes at most; empty if it can't be reached. The
  /// caller has checked that `offset` and `most` lie within the resource.
  [[nodiscard]] std::span<std::byte> run_from(std::uint64_t offset, std::uint64_t most) const;
  /// The run that ends right before `end`.
  [[nodiscard]] std::span<std::byte> run_before(std::uint64_t end, std::uint64_t most) const;
  /// Copies to the resource, from `offset` on. False if not all of it can be reached.
  bool write(std::uint64_t offset, std::span<const std::byte> from) const;

 private:
  Reach reach_;
  const Resource* resource_;
  vfio_user::DmaAccess access_;
};

/// Whether commands can use the resource now: device memory only where it lies in the window.
inline bool is_present(const Resource& resource) {
  return resource.kind == Resource::Kind::kHostBuffer || resource.window_offset.has_value();
}

}  // namespace nobounce::emulator::accelerator
