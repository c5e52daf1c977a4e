// SPDX-License-Identifier: Apache-2.0
#include "sys/perf_event.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "sys/system_constants.h"

namespace nobounce::sys {
namespace {

// Of 16-byte samples: two minutes of 500 a second.
constexpr std::size_t kRingBytes = std::size_t{1} << 20;

perf_event_attr attributes_of(PerfClock clock, std::uint32_t hertz) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  const bool counts_cycles = clock == PerfClock::kCycles;
  attributes.type = counts_cycles ? PERF_TYPE_HARDWARE : PERF_TYPE_SOFTWARE;
  attributes.config = counts_cycles ? std::uint64_t{PERF_COUNT_HW_CPU_CYCLES}
                                    : std::uint64_t{PERF_COUNT_SW_CPU_CLOCK};
  attributes.freq = 1;
  attributes.sample_freq = hertz;
  attributes.sample_type = PERF_SAMPLE_IP;
  // Nobody waits for the ring.
  attributes.watermark = 1;
  attributes.wakeup_watermark = kRingBytes;
  return attributes;
}

Error refusal(int number, std::uint32_t cpu) {
  Error error = error_from_errno(number, "perf_event_open", fmt::format("CPU {}", cpu));
  if (number == EACCES || number == EPERM)
    error.fix = "as root, with CAP_PERFMON, or with kernel.perf_event_paranoid below 1";
  // What there is no counter for.
  if (number == ENOENT || number == EOPNOTSUPP || number == ENODEV || number == EINVAL)
    error.code = Code::kUnsupported;
  return error;
}

/// Copies out of a ring, around its end.
void copy_from(std::span<const std::byte> ring, std::uint64_t at, std::span<std::byte> to) {
  const std::size_t begin = at & (ring.size() - 1);
  const std::size_t first = std::min(to.size(), ring.size() - begin);
  std::memcpy(to.data(), ring.data() + begin, first);
  std::memcpy(to.data() + first, ring.data(), to.size() - first);
}

}  // namespace

Result<PerfEvent> PerfEvent::open(PerfClock clock, std::uint32_t cpu, std::uint32_t hertz) {
  perf_event_attr attributes = attributes_of(clock, hertz);
  Fd fd(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1,
                                   PERF_FLAG_FD_CLOEXEC)));
  if (!fd.is_open()) return fail(refusal(errno, cpu));
  NB_ASSIGN(Mapping mapping,
            Mapping::map(fd.get(), 0, page_size_bytes() + kRingBytes, Mapping::Access::kReadWrite,
                         fmt::format("samples of CPU {}", cpu)));
  return PerfEvent(std::move(fd), std::move(mapping));
}

std::uint64_t PerfEvent::drain(const SeePerfSample& see) {
  auto& page = *reinterpret_cast<perf_event_mmap_page*>(mapping_.bytes().data());
  const std::uint64_t head = std::atomic_ref(page.data_head).load(std::memory_order_acquire);
  const std::uint64_t lost =
      read_perf_records(mapping_.bytes().subspan(page_size_bytes()), page.data_tail, head, see);
  std::atomic_ref(page.data_tail).store(head, std::memory_order_release);
  return lost;
}

std::uint64_t read_perf_records(std::span<const std::byte> ring, std::uint64_t tail,
                                std::uint64_t head, const SeePerfSample& see) {
  struct Lost {
    std::uint64_t id;
    std::uint64_t count;
  };
  std::uint64_t lost = 0;
  while (head - tail >= sizeof(perf_event_header)) {
    perf_event_header header;
    copy_from(ring, tail, std::as_writable_bytes(std::span(&header, 1)));
    if (header.size < sizeof header || header.size > head - tail) break;
    const std::uint64_t body = tail + sizeof header;
    const std::size_t body_bytes = header.size - sizeof header;
    if (header.type == PERF_RECORD_SAMPLE && body_bytes >= sizeof(std::uint64_t)) {
      PerfSample sample;
      copy_from(ring, body, std::as_writable_bytes(std::span(&sample.address, 1)));
      sample.is_in_kernel =
          (header.misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
      see(sample);
    } else if (header.type == PERF_RECORD_LOST && body_bytes >= sizeof(Lost)) {
      Lost record;
      copy_from(ring, body, std::as_writable_bytes(std::span(&record, 1)));
      lost += record.count;
    }
    tail += header.size;
  }
  return lost;
}

}  // namespace nobounce::sys
