// SPDX-License-Identifier: Apache-2.0
#include "sys/perf_ring.h"

#include <linux/perf_event.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <limits>

#include "sys/system_constants.h"

namespace nobounce::sys {
namespace {

/// Copies out of a ring, around its end.
void copy_from(std::span<const std::byte> ring, std::uint64_t at, std::span<std::byte> to) {
  const std::size_t begin = at & (ring.size() - 1);
  const std::size_t first = std::min(to.size(), ring.size() - begin);
  std::memcpy(to.data(), ring.data() + begin, first);
  std::memcpy(to.data() + first, ring.data(), to.size() - first);
}

}  // namespace

Result<PerfRing> PerfRing::map(int event_fd, const std::string& name) {
  NB_ASSIGN(Mapping mapping, Mapping::map(event_fd, 0, page_size_bytes() + kBytes,
                                          Mapping::Access::kReadWrite, name));
  return PerfRing(std::move(mapping));
}

std::uint64_t PerfRing::drain(const SeePerfRecord& see) {
  auto& page = *reinterpret_cast<perf_event_mmap_page*>(mapping_.bytes().data());
  const std::uint64_t head = std::atomic_ref(page.data_head).load(std::memory_order_acquire);
  const std::uint64_t lost =
      for_each_perf_record(mapping_.bytes().subspan(page_size_bytes()), page.data_tail, head, see);
  // No record of ours is longer.
  constexpr std::uint64_t kLongestRecord = 256;
  const bool was_full = head - page.data_tail > kBytes - kLongestRecord;
  std::atomic_ref(page.data_tail).store(head, std::memory_order_release);
  return was_full ? std::max<std::uint64_t>(lost, 1) : lost;
}

std::uint64_t for_each_perf_record(std::span<const std::byte> ring, std::uint64_t tail,
                                   std::uint64_t head, const SeePerfRecord& see) {
  struct Lost {
    std::uint64_t id;
    std::uint64_t count;
  };
  // As large as the header's 16 bits can say.
  std::array<std::byte, std::numeric_limits<std::uint16_t>::max()> copy;
  std::uint64_t lost = 0;
  while (head - tail >= sizeof(perf_event_header)) {
    perf_event_header header;
    copy_from(ring, tail, std::as_writable_bytes(std::span(&header, 1)));
    if (header.size < sizeof header || header.size > head - tail) break;
    const auto body = std::span(copy).first(header.size - sizeof header);
    copy_from(ring, tail + sizeof header, body);
    if (header.type != PERF_RECORD_LOST) {
      see({.type = header.type, .misc = header.misc, .body = body});
    } else if (body.size() >= sizeof(Lost)) {
      Lost record;
      std::memcpy(&record, body.data(), sizeof record);
      lost += record.count;
    }
    tail += header.size;
  }
  return lost;
}

}  // namespace nobounce::sys
