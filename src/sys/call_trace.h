// SPDX-License-Identifier: Apache-2.0
// CallTrace: the system calls of a program and of all that it starts, one by one, as the kernel's
// tracepoints raw_syscalls:sys_enter and sys_exit tell them through perf events. What `perf trace`
// does, without the program. It slows what is traced, and a little everything else.
//
// Sources: perf_event_open(2); Documentation/trace/events.rst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sys/fd.h"
#include "sys/perf_ring.h"

namespace nobounce::sys {

/// The beginning or the end of a call.
struct CallMoment {
  std::uint64_t ns = 0;  ///< CLOCK_MONOTONIC.
  std::uint32_t thread = 0;
  bool is_end = false;
  std::int64_t number = 0;  ///< Of the call, as <sys/syscall.h> has it.
  std::int64_t result = 0;  ///< Of an end: -errno where it failed.
};
using SeeCallMoment = std::function<void(const CallMoment& moment)>;

/// Where a tracepoint's record has what is wanted.
struct TracepointField {
  std::size_t offset = 0;
  std::size_t size = 0;

  bool operator==(const TracepointField&) const = default;
};
/// From the text of a tracepoint's file "format". Nothing where there is no such field. Pure.
std::optional<TracepointField> field_in_format(std::string_view format, std::string_view name);

struct CallFormat {
  std::uint64_t enter_id = 0;  ///< Of the tracepoints.
  std::uint64_t exit_id = 0;
  TracepointField enter_number{};
  TracepointField exit_number{};
  TracepointField exit_result{};
};

/// What a record says, if it is one of either tracepoint. Pure.
std::optional<CallMoment> parse_call_record(const PerfRecord& record, const CallFormat& format);

/// Move-only; not thread-safe.
class CallTrace {
 public:
  /// Traces whatever this thread starts from now on, from its exec on; not the thread itself.
  /// `cpus` are those that it may run on. Errors: kPermission; kUnsupported where the kernel has no
  /// such tracepoints.
  static Result<CallTrace> open(const std::vector<unsigned>& cpus);

  /// Shows all moments since the last call, those of a CPU in order, CPU after CPU. How many were
  /// lost meanwhile.
  std::uint64_t drain(const SeeCallMoment& see);

 private:
  struct OfCpu {
    Fd enter;
    Fd exit;
    PerfRing ring;  // Of both.
  };
  static Result<OfCpu> open_on(unsigned cpu, const CallFormat& format);
  CallTrace(const CallFormat& format, std::vector<OfCpu> cpus)
      : format_(format), cpus_(std::move(cpus)) {}

  CallFormat format_;
  std::vector<OfCpu> cpus_;
};

}  // namespace nobounce::sys
