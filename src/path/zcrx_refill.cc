// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_refill.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>

#include "base/bytes.h"
#include "sys/memfd.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kStatisticsRoom = 64;
// What the kernel keeps in front of the entries is smaller by far (two cache lines).
constexpr std::size_t kHeaderRoom = kPage - kStatisticsRoom;
static_assert(sizeof(uapi::ZcrxStatistics) <= kStatisticsRoom);

}  // namespace

Result<ZcrxRefill> ZcrxRefill::open(std::uint32_t entries) {
  assert(std::has_single_bit(entries) && entries <= uapi::kMaxRefillEntries);
  const std::size_t wanted =
      kHeaderRoom + entries * sizeof(uapi::ZcrxRefillEntry) + kStatisticsRoom;
  const std::size_t size = (wanted + kPage - 1) / kPage * kPage;
  NB_ASSIGN(const sys::Fd memfd, sys::create_memfd("nobounce-refill", size));
  NB_ASSIGN(sys::Mapping memory,
            sys::Mapping::map(memfd.get(), 0, size, sys::Mapping::Access::kReadWrite,
                              "the refill ring of zcrx"));
  return ZcrxRefill(entries, std::move(memory));
}

std::uint64_t ZcrxRefill::statistics_offset() const {
  return memory().size() - kStatisticsRoom;
}

uapi::ZcrxStatistics ZcrxRefill::statistics() const {
  auto* const from = reinterpret_cast<uapi::ZcrxStatistics*>(memory().data() + statistics_offset());
  return {.copies = std::atomic_ref(from->copies).load(std::memory_order_relaxed),
          .copied_bytes = std::atomic_ref(from->copied_bytes).load(std::memory_order_relaxed)};
}

Status ZcrxRefill::attach(const uapi::ZcrxOffsets& offsets, std::uint64_t area_token) {
  constexpr std::uint64_t kEntryBytes = sizeof(uapi::ZcrxRefillEntry);
  const std::uint64_t end = statistics_offset();
  if (!range_fits(offsets.head, sizeof *head_, end) || offsets.head % sizeof *head_ != 0 ||
      !range_fits(offsets.tail, sizeof *tail_, end) || offsets.tail % sizeof *tail_ != 0 ||
      !range_fits(offsets.entries, entries_ * kEntryBytes, end) ||
      offsets.entries % alignof(uapi::ZcrxRefillEntry) != 0) {
    return fail({.code = Code::kProtocol,
                 .operation = "open",
                 .object = "a zcrx refill ring",
                 .cause = fmt::format("the kernel names offsets {}, {} and {}, the memory has {}",
                                      offsets.head, offsets.tail, offsets.entries, end),
                 .fix = {}});
  }
  head_ = reinterpret_cast<std::uint32_t*>(memory().data() + offsets.head);
  tail_ = reinterpret_cast<std::uint32_t*>(memory().data() + offsets.tail);
  ring_ = reinterpret_cast<uapi::ZcrxRefillEntry*>(memory().data() + offsets.entries);
  area_token_ = area_token;
  return {};
}

// In locals, as every entry could else be one of the members.
std::size_t ZcrxRefill::push(std::span<const Frag> frags, std::uint32_t niov_size) {
  const std::size_t count = std::min<std::size_t>(frags.size(), room(frags.size()));
  uapi::ZcrxRefillEntry* const ring = ring_;
  const std::uint64_t token = area_token_;
  const std::uint64_t niov_mask = ~std::uint64_t{niov_size - 1};
  const std::uint32_t index_mask = entries_ - 1;
  std::uint32_t next = next_;
  for (const Frag& frag : frags.first(count))
    ring[next++ & index_mask].offset = token | (frag.region_offset & niov_mask);
  next_ = next;
  return count;
}

void ZcrxRefill::publish() {
  std::atomic_ref(*tail_).store(next_, std::memory_order_release);
}

std::uint32_t ZcrxRefill::waiting() const {
  const std::uint32_t waiting = next_ - std::atomic_ref(*head_).load(std::memory_order_acquire);
  return std::min(waiting, entries_);
}

}  // namespace nobounce::path
