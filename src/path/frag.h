// SPDX-License-Identifier: Apache-2.0
// Frag and FragBatch: what one receive yields, and how it goes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/result.h"
#include "memory/region.h"

namespace nobounce::path {

/// Bytes that landed, in the order of the stream: in the region, or as linear host bytes.
struct Frag {
  std::uint64_t region_offset = 0;
  std::uint64_t length = 0;
  const std::byte* linear = nullptr;  ///< Where the bytes lie if they are not in the region.
  std::uint32_t region_index = 0;     ///< Which region, of a receiver that was given several.

  [[nodiscard]] bool is_in_region() const { return linear == nullptr; }
  [[nodiscard]] memory::Extent extent() const { return {region_offset, length}; }
  [[nodiscard]] std::span<const std::byte> host_bytes() const { return {linear, length}; }
};

/// A run of slots in a receiver's store of frags.
struct FragRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// Whom the frags belong to; a batch calls it once for the slots that it gives back.
class FragOwner {
 public:
  virtual Status give_back(FragRange range) = 0;

 protected:
  ~FragOwner() = default;
};

/// Frags on loan from a receiver. They stay where they are until the batch gives them back, which
/// its destructor does, all at once. Move-only; must not outlive the receiver. Thread-compatible,
/// together with its receiver.
class FragBatch {
 public:
  FragBatch() = default;
  /// `frags` are the slots `range` of `owner`.
  FragBatch(FragOwner& owner, FragRange range, std::span<const Frag> frags, std::uint64_t bytes)
      : owner_(&owner), range_(range), frags_(frags), bytes_(bytes) {}
  FragBatch(FragBatch&& other) noexcept { swap(other); }
  FragBatch& operator=(FragBatch&& other) noexcept {
    FragBatch taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~FragBatch() { static_cast<void>(give_back()); }  // The receiver remembers a failure.

  [[nodiscard]] std::span<const Frag> frags() const { return frags_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// Takes over `next`, which must be what the same receiver yielded right after this batch, so
  /// that both go back together, in the longest runs of tokens there are.
  void append(FragBatch next);

  /// Gives the frags back now; the batch is empty afterwards. Error: what the kernel refused.
  Status give_back();

 private:
  void swap(FragBatch& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(range_, other.range_);
    std::swap(frags_, other.frags_);
    std::swap(bytes_, other.bytes_);
  }

  FragOwner* owner_ = nullptr;
  FragRange range_;
  std::span<const Frag> frags_;
  std::uint64_t bytes_ = 0;
};

}  // namespace nobounce::path
