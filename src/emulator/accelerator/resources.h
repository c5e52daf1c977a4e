// SPDX-License-Identifier: Apache-2.0
// Resources and contexts of a virtio-gpu, as its driver has made them. A context is what a process
// in the guest has of the device: its streams reach the resources that are attached to it, and no
// others. Every table has a bound, since a driver may ask for ever.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "abi/accelerator.h"
#include "base/sha256.h"

namespace nobounce::emulator::accelerator {

struct Resource {
  enum class Kind : std::uint8_t {
    kDeviceMemory,  ///< A blob of kind HOST3D.
    kHostBuffer,    ///< A blob of kind GUEST.
  };
  /// A piece of the guest's memory.
  struct Extent {
    std::uint64_t address = 0;
    std::uint64_t start = 0;  ///< Of the resource: where this piece begins.
    std::uint32_t bytes = 0;
  };

  Kind kind = Kind::kDeviceMemory;
  std::uint64_t bytes = 0;
  bool is_mappable = false;
  std::optional<std::uint64_t> window_offset{};  ///< Device memory: where it lies, if it does.
  std::vector<Extent> extents{};                 ///< A host buffer: all of it, in order.
};

struct RunningHash {
  std::uint32_t crc32c = 0;
  Sha256 sha256{};
};

struct Context {
  std::unordered_set<std::uint32_t> resources;
  std::array<std::optional<RunningHash>, abi::accelerator::kMaxHashContexts> hashes;
};

/// Not thread-safe. What find() gives stays where it is until it is removed.
class Resources {
 public:
  static constexpr std::size_t kMaxResources = 16384;
  static constexpr std::size_t kMaxContexts = 256;
  static constexpr std::size_t kMaxAttachments = 65536;
  static constexpr std::size_t kMaxExtents = std::size_t{1} << 20;

  enum class Added { kAdded, kExists, kFull };

  Added add(std::uint32_t id, Resource resource);
  [[nodiscard]] Resource* find(std::uint32_t id);
  /// Attached to nothing any more.
  void remove(std::uint32_t id);

  Added add_context(std::uint32_t id);
  [[nodiscard]] Context* find_context(std::uint32_t id);
  void remove_context(std::uint32_t id);
  /// kExists is no fault: a driver may attach twice.
  Added attach(Context& context, std::uint32_t resource);
  void detach(Context& context, std::uint32_t resource);

  /// The resource, if it is attached to the context.
  [[nodiscard]] const Resource* find_in(const Context& context, std::uint32_t id) const;

  void clear();
  [[nodiscard]] std::size_t size() const { return resources_.size(); }

 private:
  std::unordered_map<std::uint32_t, Resource> resources_;
  std::unordered_map<std::uint32_t, Context> contexts_;
  std::size_t attachments_ = 0;  // in all contexts
  std::size_t extents_ = 0;      // of all resources
};

}  // namespace nobounce::emulator::accelerator
