// SPDX-License-Identifier: Apache-2.0
// AcceleratorStream: writes command streams of abi/accelerator.h. Pure: it knows no device.
//
// A stream is bounded, in its bytes and its commands by the ABI, in the bytes that its commands
// work on by us: one thread of the device serves others, too. So each call takes as much of what it
// is given as still fits, and says how much; once that is nothing, the stream is to be executed and
// begun anew. What is asked of it must have been checked against the resources before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "abi/accelerator.h"
#include "memory/extent.h"

namespace nobounce::memory {

/// A virtio-gpu resource, by the id that the device knows it by.
struct ResourceId {
  std::uint32_t id = 0;
  friend bool operator==(ResourceId, ResourceId) = default;
};

class AcceleratorStream {
 public:
  /// Bytes that the commands of a stream fill, compare, move and hash, all together.
  static constexpr std::uint64_t kMaxWorkBytes = std::uint64_t{2} << 20;

  /// Results go to the front of `results`.
  explicit AcceleratorStream(ResourceId results) : results_(results) {}

  void begin();
  [[nodiscard]] bool is_empty() const { return commands_ == 0; }
  [[nodiscard]] std::uint32_t commands() const { return commands_; }

  /// Each returns how many bytes of the front of its extent it took.
  std::uint64_t fill(ResourceId resource, Extent extent, std::uint64_t seed,
                     std::uint64_t position);
  std::uint64_t compare(ResourceId resource, Extent extent, std::uint64_t seed,
                        std::uint64_t position);
  std::uint64_t copy(ResourceId from, Extent extent, ResourceId to, std::uint64_t to_offset);
  /// `flags` are abi::accelerator::HashFlags without kHashEnd.
  std::uint64_t hash(ResourceId resource, Extent extent, std::uint32_t context,
                     std::uint32_t flags);

  /// One command for as many of the pieces as fit; how many of them. The last may be taken in part:
  /// then it is not counted, and its front is cut off in `pieces`.
  std::size_t gather(ResourceId from, ResourceId to, std::span<Piece> pieces);

  /// These work on nothing; false where the stream is full.
  bool end_hash(std::uint32_t context, std::uint32_t flags);
  bool counters();

  /// The stream, ready to be executed; valid until the next `begin`.
  std::span<const std::byte> finish();

 private:
  [[nodiscard]] std::uint64_t room_for_work(std::uint64_t length, std::size_t command_bytes) const;
  template <typename Command>
  void append(const Command& command, std::uint64_t work_bytes);
  std::uint64_t pattern(abi::accelerator::Opcode opcode, ResourceId resource, Extent extent,
                        std::uint64_t seed, std::uint64_t position);

  ResourceId results_;
  std::uint32_t commands_ = 0;
  std::size_t used_ = sizeof(abi::accelerator::StreamHeader);
  std::uint64_t work_ = 0;
  alignas(8) std::array<std::byte, abi::accelerator::kMaxStreamBytes> bytes_;
};

}  // namespace nobounce::memory
