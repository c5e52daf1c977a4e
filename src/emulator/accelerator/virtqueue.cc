// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/virtqueue.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "emulator/accelerator/split_ring.h"

namespace nobounce::emulator::accelerator {

using vfio_user::DmaAccess;

namespace {

using namespace split_ring;  // NOLINT(google-build-using-namespace): all lines speak of it

// What the guest writes at any time is read once, whole. The ring's alignment was checked.
std::uint16_t load_shared(const std::byte* from) {
  return std::atomic_ref(*reinterpret_cast<std::uint16_t*>(const_cast<std::byte*>(from)))
      .load(std::memory_order_acquire);
}

void store_shared(std::byte* to, std::uint16_t value) {
  std::atomic_ref(*reinterpret_cast<std::uint16_t*>(to)).store(value, std::memory_order_release);
}

}  // namespace

bool Chain::read(const vfio_user::GuestMemory& memory, std::uint64_t offset,
                 std::span<std::byte> to) const {
  if (!range_fits(offset, to.size(), readable_bytes_)) return false;
  for (const Segment& segment : std::span(segments_).first(readable_)) {
    if (to.empty()) break;
    if (offset >= segment.bytes) {
      offset -= segment.bytes;
      continue;
    }
    const std::size_t count = std::min<std::size_t>(to.size(), segment.bytes - offset);
    const std::byte* const from =
        memory.translate(segment.address + offset, count, DmaAccess::kRead);
    if (from == nullptr) return false;
    std::memcpy(to.data(), from, count);
    to = to.subspan(count);
    offset = 0;
  }
  return true;
}

std::optional<std::uint32_t> Chain::write(const vfio_user::GuestMemory& memory,
                                          std::span<const std::byte> from) const {
  std::uint32_t written = 0;
  for (const Segment& segment : std::span(segments_).subspan(readable_)) {
    const std::size_t count = std::min<std::size_t>(from.size(), segment.bytes);
    if (count == 0) continue;
    std::byte* const to = memory.translate(segment.address, count, DmaAccess::kWrite);
    if (to == nullptr) return std::nullopt;
    std::memcpy(to, from.data(), count);
    from = from.subspan(count);
    written += static_cast<std::uint32_t>(count);
  }
  return written;
}

void Chain::clear(std::uint16_t head) {
  head_ = head;
  segments_.clear();
  readable_ = 0;
  readable_bytes_ = 0;
  writable_bytes_ = 0;
}

bool Chain::add(const Segment& segment, bool is_writable) {
  if (is_writable) {
    writable_bytes_ += segment.bytes;
  } else {
    if (readable_ != segments_.size()) return false;
    ++readable_;
    readable_bytes_ += segment.bytes;
  }
  segments_.push_back(segment);
  return true;
}

bool Virtqueue::can_be(const VirtqueuePlace& place) {
  return std::has_single_bit(place.size) && place.size <= kMaxSize &&
         place.descriptors % kDescriptorAlignment == 0 &&
         place.available % kAvailableAlignment == 0 && place.used % kUsedAlignment == 0;
}

void Virtqueue::start(const VirtqueuePlace& place) {
  place_ = place;
  next_available_ = 0;
  next_used_ = 0;
  has_completed_ = false;
  faulted_ = false;
}

bool Virtqueue::take(Chain& chain) {
  if (!is_running() || faulted_) return false;
  const std::uint64_t ring_bytes = kRingAt + std::uint64_t{place_.size} * kIndexBytes;
  const std::byte* const ring = memory_.translate(place_.available, ring_bytes, DmaAccess::kRead);
  if (ring == nullptr) {
    fault();
    return false;
  }
  const std::uint16_t index = load_shared(ring + kIndexAt);
  const auto waiting = static_cast<std::uint16_t>(index - next_available_);
  if (waiting == 0) return false;
  const std::uint16_t head =
      load_shared(ring + kRingAt + (next_available_ % place_.size) * kIndexBytes);
  // More cannot wait than there are descriptors.
  if (waiting > place_.size || !collect(head, chain)) {
    fault();
    return false;
  }
  ++next_available_;
  return true;
}

bool Virtqueue::collect(std::uint16_t head, Chain& chain) {
  const std::byte* const table =
      memory_.translate(place_.descriptors, place_.size * sizeof(Descriptor), DmaAccess::kRead);
  if (table == nullptr) return false;
  chain.clear(head);
  std::uint16_t next = head;
  for (std::uint32_t count = 0; count < place_.size; ++count) {
    if (next >= place_.size) return false;
    Descriptor descriptor{};
    std::memcpy(&descriptor, table + next * sizeof(Descriptor), sizeof descriptor);
    if ((descriptor.flags & kIndirect) != 0) return false;
    if (!chain.add({.address = descriptor.address, .bytes = descriptor.bytes},
                   (descriptor.flags & kWrite) != 0))
      return false;
    if ((descriptor.flags & kNext) == 0) return true;
    next = descriptor.next;
  }
  return false;  // a loop
}

void Virtqueue::complete(const Chain& chain, std::uint32_t bytes_written) {
  if (!is_running() || faulted_) return;
  const std::uint64_t ring_bytes = kRingAt + place_.size * sizeof(UsedElement);
  std::byte* const ring = memory_.translate(place_.used, ring_bytes, DmaAccess::kWrite);
  if (ring == nullptr) {
    fault();
    return;
  }
  std::byte* const element = ring + kRingAt + (next_used_ % place_.size) * sizeof(UsedElement);
  const UsedElement used{.head = chain.head(), .bytes = bytes_written};
  std::memcpy(element, &used, sizeof used);
  store_shared(ring + kIndexAt, ++next_used_);
  has_completed_ = true;
}

bool Virtqueue::take_interrupt_request() {
  if (!std::exchange(has_completed_, false)) return false;
  // The driver looks at the used ring after it has allowed interrupts, and we at the flag after we
  // have written the ring: one of us sees the other's.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const std::byte* const flags =
      memory_.translate(place_.available + kFlagsAt, kIndexBytes, DmaAccess::kRead);
  return flags == nullptr || (load_shared(flags) & kNoInterrupt) == 0;
}

}  // namespace nobounce::emulator::accelerator
