// SPDX-License-Identifier: Apache-2.0
#include "sys/perf_event.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace nobounce::sys {
namespace {

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
  // Nobody waits for the ring, which holds two minutes of 500 16-byte samples a second.
  attributes.watermark = 1;
  attributes.wakeup_watermark = PerfRing::kBytes;
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

}  // namespace

Result<PerfEvent> PerfEvent::open(PerfClock clock, std::uint32_t cpu, std::uint32_t hertz) {
  perf_event_attr attributes = attributes_of(clock, hertz);
  Fd fd(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1,
                                   PERF_FLAG_FD_CLOEXEC)));
  if (!fd.is_open()) return fail(refusal(errno, cpu));
  NB_ASSIGN(PerfRing ring, PerfRing::map(fd.get(), fmt::format("samples of CPU {}", cpu)));
  return PerfEvent(std::move(fd), std::move(ring));
}

std::uint64_t PerfEvent::drain(const SeePerfSample& see) {
  return ring_.drain([&see](const PerfRecord& record) {
    if (const auto sample = parse_perf_sample(record)) see(*sample);
  });
}

std::optional<PerfSample> parse_perf_sample(const PerfRecord& record) {
  PerfSample sample;
  if (record.type != PERF_RECORD_SAMPLE || record.body.size() < sizeof sample.address)
    return std::nullopt;
  std::memcpy(&sample.address, record.body.data(), sizeof sample.address);
  sample.is_in_kernel = (record.misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
  return sample;
}

}  // namespace nobounce::sys
