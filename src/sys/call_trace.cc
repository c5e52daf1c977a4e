// SPDX-License-Identifier: Apache-2.0
#include "sys/call_trace.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

#include "sys/file_system.h"
#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

constexpr const char* kFix = "as root, on a kernel that is not locked down";

struct Event {
  std::uint64_t id = 0;
  std::string format;
};

Result<Event> look_at_event(const Fd& tracefs, std::string_view name) {
  const std::string directory =
      fmt::format("/proc/self/fd/{}/events/raw_syscalls/{}", tracefs.get(), name);
  const auto text = read_text_file(directory + "/id");
  if (!text)
    return fail({.code = Code::kUnsupported,
                 .operation = "trace of",
                 .object = "system calls",
                 .cause = fmt::format("the kernel has no tracepoint raw_syscalls:{} "
                                      "(CONFIG_FTRACE_SYSCALLS)",
                                      name)});
  Event event;
  std::from_chars(text->data(), text->data() + text->size(), event.id);
  NB_ASSIGN(event.format, read_text_file(directory + "/format"));
  return event;
}

Result<TracepointField> wanted_field(const Event& event, std::string_view name) {
  if (const auto field = field_in_format(event.format, name)) return *field;
  return fail({.code = Code::kUnsupported,
               .operation = "trace of",
               .object = "system calls",
               .cause = fmt::format("the kernel's tracepoint has no field {}", name)});
}

Result<CallFormat> look_at_format() {
  auto tracefs = mount_nowhere("tracefs");
  if (!tracefs) {
    tracefs.error().fix = kFix;
    return fail(std::move(tracefs).error());
  }
  NB_ASSIGN(const Event enter, look_at_event(*tracefs, "sys_enter"));
  NB_ASSIGN(const Event exit, look_at_event(*tracefs, "sys_exit"));
  CallFormat format{.enter_id = enter.id, .exit_id = exit.id};
  NB_ASSIGN(format.enter_number, wanted_field(enter, "id"));
  NB_ASSIGN(format.exit_number, wanted_field(exit, "id"));
  NB_ASSIGN(format.exit_result, wanted_field(exit, "ret"));
  return format;
}

Result<Fd> open_event(std::uint64_t tracepoint, unsigned cpu) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = tracepoint;
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;
  attributes.disabled = 1;
  attributes.inherit = 1;
  attributes.enable_on_exec = 1;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC;
  attributes.watermark = 1;
  attributes.wakeup_watermark = PerfRing::kBytes;
  Fd fd(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, static_cast<int>(cpu), -1,
                                   PERF_FLAG_FD_CLOEXEC)));
  if (fd.is_open()) return fd;
  Error error = error_from_errno(errno, "perf_event_open", fmt::format("CPU {}", cpu));
  error.fix = kFix;
  return fail(std::move(error));
}

/// A number as the kernel lays it out, sign and all.
std::optional<std::int64_t> number_at(std::span<const std::byte> data,
                                      const TracepointField& field) {
  if (field.offset > data.size() || field.size > data.size() - field.offset) return std::nullopt;
  if (field.size == sizeof(std::int64_t)) {
    std::int64_t value = 0;
    std::memcpy(&value, data.data() + field.offset, sizeof value);
    return value;
  }
  std::int32_t value = 0;
  if (field.size != sizeof value) return std::nullopt;
  std::memcpy(&value, data.data() + field.offset, sizeof value);
  return value;
}

/// "offset:8;" of a line of a format.
std::optional<std::size_t> value_in(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t value = 0;
  const char* const begin = line.data() + at + key.size();
  const auto [end, problem] = std::from_chars(begin, line.data() + line.size(), value);
  return problem == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<TracepointField> field_in_format(std::string_view format, std::string_view name) {
  while (!format.empty()) {
    const std::string_view line = format.substr(0, format.find('\n'));
    format.remove_prefix(std::min(format.size(), line.size() + 1));
    // "	field:long id;	offset:8;	size:8;	signed:1;"
    const std::string_view declared = line.substr(0, line.find(';'));
    if (!declared.ends_with(fmt::format(" {}", name))) continue;
    const auto offset = value_in(line, "offset:");
    const auto size = value_in(line, "size:");
    if (offset && size) return TracepointField{.offset = *offset, .size = *size};
  }
  return std::nullopt;
}

std::optional<CallMoment> parse_call_record(const PerfRecord& record, const CallFormat& format) {
  // As sample_type asks for it: who, when, and the tracepoint's own record behind its size.
  struct Head {
    std::uint32_t process;
    std::uint32_t thread;
    std::uint64_t ns;
    std::uint32_t size;
  };
  constexpr std::size_t kHeadBytes = 20;
  Head head{};
  if (record.type != PERF_RECORD_SAMPLE || record.body.size() < kHeadBytes) return std::nullopt;
  std::memcpy(&head, record.body.data(), kHeadBytes);
  const auto raw = record.body.subspan(kHeadBytes);
  std::uint16_t tracepoint = 0;
  if (head.size > raw.size() || head.size < sizeof tracepoint) return std::nullopt;
  std::memcpy(&tracepoint, raw.data(), sizeof tracepoint);
  const auto data = raw.first(head.size);
  CallMoment moment{.ns = head.ns, .thread = head.thread, .is_end = tracepoint == format.exit_id};
  if (!moment.is_end && tracepoint != format.enter_id) return std::nullopt;
  const auto number = number_at(data, moment.is_end ? format.exit_number : format.enter_number);
  if (!number) return std::nullopt;
  moment.number = *number;
  if (!moment.is_end) return moment;
  const auto result = number_at(data, format.exit_result);
  if (!result) return std::nullopt;
  moment.result = *result;
  return moment;
}

Result<CallTrace::OfCpu> CallTrace::open_on(unsigned cpu, const CallFormat& format) {
  NB_ASSIGN(Fd enter, open_event(format.enter_id, cpu));
  NB_ASSIGN(Fd exit, open_event(format.exit_id, cpu));
  NB_ASSIGN(PerfRing ring, PerfRing::map(enter.get(), fmt::format("system calls of CPU {}", cpu)));
  // One ring for both, so that a call's end never comes before its beginning.
  if (::ioctl(exit.get(), PERF_EVENT_IOC_SET_OUTPUT, enter.get()) != 0)
    return fail(error_from_errno(errno, "PERF_EVENT_IOC_SET_OUTPUT", fmt::format("CPU {}", cpu)));
  return OfCpu{.enter = std::move(enter), .exit = std::move(exit), .ring = std::move(ring)};
}

Result<CallTrace> CallTrace::open(const std::vector<unsigned>& cpus) {
  NB_ASSIGN(const CallFormat format, look_at_format());
  std::vector<OfCpu> opened;
  for (const unsigned cpu : cpus) {
    NB_ASSIGN(OfCpu one, open_on(cpu, format));
    opened.push_back(std::move(one));
  }
  return CallTrace(format, std::move(opened));
}

std::uint64_t CallTrace::drain(const SeeCallMoment& see) {
  std::uint64_t lost = 0;
  for (OfCpu& cpu : cpus_) {
    lost += cpu.ring.drain([&](const PerfRecord& record) {
      if (const auto moment = parse_call_record(record, format_)) see(*moment);
    });
  }
  return lost;
}

}  // namespace nobounce::sys
